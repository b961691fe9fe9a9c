import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

const SOURCE = resolve(__dirname, "../../../src");

/** A file of the source that lets text out, and what it calls for that. */
export interface SinkFile {
  /** Below `src`, with `/`. */
  file: string;
  calls: readonly string[];
}

/** Functions of Node that write files, by their own name or as a method of a handle. */
const WRITERS = /^(?:writeFile|writeFileSync|appendFile|appendFileSync|writeSync|createWriteStream)$/;

/** Routes that make or change something at GitHub. */
const ROUTE = /^[`"'](?:POST|PUT|PATCH) /;

/** Names of functions whose result is text for people or for other programs. */
const RENDERERS =
  /^(?:render\w*|quoted\w*|displayUrl|formatJson|messageOnlyError|refusal|terminalTable|code|escape\w+|\w*(?:Markdown|Html|Table|Sarif|Text|Lines))$/;

/** Errors whose messages are printed as they are. */
const ERRORS = /^(?:DualRegistryError|RunError|Error)$/;

function calls(node: ts.Node, source: ts.SourceFile): string[] {
  if (ts.isCallExpression(node)) {
    const called = node.expression.getText(source);
    const method = called.split(".").at(-1) ?? "";
    if (/(?:^|\.)std(?:out|err)\.write$/.test(called) || /^console\.\w+$/.test(called)) return [called];
    if (/^(?:pulumi\.)?log\.(?:info|warn|error|debug)$/.test(called)) return [called];
    if (WRITERS.test(method) || called === "fetch") return [called];
    if (node.arguments.some((argument) => ROUTE.test(argument.getText(source)))) return [called];
    if (called === "request" && /method: "P/.test(node.getText(source))) return [called];
  }
  if (ts.isPropertyAccessExpression(node) && /^process\.std(?:out|err)$/.test(node.getText(source))) {
    return [node.getText(source)];
  }
  if (
    ts.isClassDeclaration(node) &&
    node.heritageClauses?.some((clause) => clause.types.some((type) => ERRORS.test(type.expression.getText(source))))
  ) {
    return [`class ${node.name?.text ?? ""}`];
  }
  return [];
}

/** What of a statement is exported and looks as if it made text. */
function exported(node: ts.Statement): string[] {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) : undefined;
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isFunctionDeclaration(node)) return node.name && RENDERERS.test(node.name.text) ? [node.name.text] : [];
  if (!ts.isVariableStatement(node)) return [];
  return node.declarationList.declarations.flatMap(({ name, initializer }) =>
    ts.isIdentifier(name) &&
    ((RENDERERS.test(name.text) && initializer && ts.isArrowFunction(initializer)) || name.text === "RENDERERS")
      ? [name.text]
      : [],
  );
}

function callsIn(file: string): string[] {
  const text = readFileSync(join(SOURCE, file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, false, ts.ScriptKind.TS);
  const found = source.statements.flatMap(exported);
  const visit = (node: ts.Node): void => {
    found.push(...calls(node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...new Set(found)];
}

/** Every file of the source that prints, writes or sends text, by the calls in it. */
export function sinkFiles(): SinkFile[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.(?:ts|mjs)$/.test(file))
    .sort()
    .map((file) => ({ file, calls: callsIn(file) }))
    .filter(({ calls: all }) => all.length > 0);
}
