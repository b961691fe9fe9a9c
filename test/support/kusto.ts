import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import "@kusto/language-service-next/bridge.js";
import "@kusto/language-service-next";

const FOLDER = join(__dirname, "../fixtures/kusto");

/** A table of Azure Monitor: its columns with their types, and where they are written down. */
interface TableFixture {
  source: string;
  table: string;
  columns: Readonly<Record<string, string>>;
}

function tables(): Kusto.Language.Symbols.TableSymbol[] {
  return readdirSync(FOLDER).map((file) => {
    const { table, columns } = JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as TableFixture;
    const schema = Object.entries(columns).map(([name, type]) => `${name}: ${type}`);
    return new Kusto.Language.Symbols.TableSymbol.$ctor7(table, `(${schema.join(", ")})`, null);
  });
}

let known: Kusto.Language.GlobalState | null | undefined;

/** What Microsoft's language service knows, and the tables of test/fixtures/kusto. */
function globals(): Kusto.Language.GlobalState | null | undefined {
  const database = new Kusto.Language.Symbols.DatabaseSymbol.ctor("workspace", tables());
  known ??= Kusto.Language.GlobalState.Default?.WithDatabase(database);
  return known;
}

function analyze(query: string) {
  const code = Kusto.Language.KustoCode.ParseAndAnalyze(query, globals());
  if (!code) throw new Error("the language service gave no answer");
  return code;
}

/** What is wrong with a query, syntax and meaning, a line each; empty for a query that runs. */
export function kustoProblems(query: string): string[] {
  const found = analyze(query).GetDiagnostics();
  if (!found) throw new Error("the language service gave no diagnostics");
  return Array.from({ length: found.Count }, (_, at) => {
    const problem = found.getItem(at);
    return `${problem.Severity ?? ""} ${problem.Code ?? ""} at ${problem.Start}: ${problem.Message ?? ""}`;
  });
}

/** The columns that a query answers with. */
export function kustoColumns(query: string): string[] {
  const result = analyze(query).ResultType;
  const columns = result instanceof Kusto.Language.Symbols.TableSymbol ? result.Columns : null;
  return columns ? Array.from({ length: columns.Count }, (_, at) => columns.getItem(at).Name ?? "") : [];
}
