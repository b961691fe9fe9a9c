import { fieldsOf } from "../../base/json";
import { quoted, quotedValue } from "../../base/text/quote";
import { utcTime } from "../../base/time";
import type { HiddenFinding, ScanReport } from "../recordSchemas";
import { digestsIn, hiddenFinding, hiddenOf, type Refuse, SeverityCount } from "./scanParts";

type Fields = Readonly<Record<string, unknown>>;

/** What Defender calls a finding in an image of a registry. */
const ASSESSED = "AzureContainerRegistryVulnerability";

/** Marks of an answer that goes on elsewhere: of Azure Resource Graph, of its clients, and of Azure's REST API. */
const MORE = /^(?:@odata\.)?(?:\$?skip_?token|next_?link)$/i;

/** The rows of an answer: `data` of Azure Resource Graph, `value` of the REST API. */
const rowsOf = (answer: Fields): unknown => answer["data"] ?? answer["value"];

/** True for an answer that holds sub-assessments, or for an empty one of the same form. */
export function isDefender(json: unknown): boolean {
  if (Array.isArray(json)) return json.some(isSubAssessment);
  const answer = fieldsOf(json);
  const rows = rowsOf(answer);
  if (!Array.isArray(rows)) return false;
  return rows.length === 0 ? "count" in answer || "value" in answer : rows.some(isSubAssessment);
}

const isSubAssessment = (row: unknown): boolean => {
  const { type } = fieldsOf(row);
  return typeof type === "string" && /\/assessments\/subassessments$/i.test(type);
};

/** The rows, where they are all there are: a list says nothing of what was left out of it. */
function wholeAnswer(answer: Fields, refuse: Refuse): readonly unknown[] {
  const rows = rowsOf(answer);
  if (!Array.isArray(rows)) {
    return refuse("a bare list does not say whether it is whole; give the answer as it came, with count or value");
  }
  if (Array.isArray(answer["data"]) && Array.isArray(answer["value"])) {
    return refuse("holds rows in data and in value; give the answer as it came, which has them in one");
  }
  const more = Object.keys(answer).find((key) => MORE.test(key) && ![null, ""].includes(answer[key] as string));
  if (more !== undefined || String(answer["resultTruncated"]) === "true") {
    return refuse(
      `the answer goes on elsewhere (${more ?? "resultTruncated"}); ask for all of it, of this digest alone`,
    );
  }
  for (const total of ["total_records", "totalRecords", "count"]) {
    const count = answer[total];
    if (count === undefined || count === rows.length) continue;
    return refuse(`holds ${rows.length} rows, and ${total} is ${quotedValue(count)}; ask for all of them`);
  }
  if (rows.length > 0) return rows;
  const why = "holds no finding, which is also what Defender says of an image that it has not scanned";
  return refuse(`${why}; for an image without findings give Trivy's report, which lists what it looked at`);
}

/** One finding, with the parts that are read. */
interface Row {
  digest: unknown;
  at: string;
  code: string;
  id: unknown;
  severity: unknown;
  packageName: unknown;
}

function readRow(row: unknown, refuse: Refuse): Row {
  const properties = fieldsOf(fieldsOf(row)["properties"]);
  const data = fieldsOf(properties["additionalData"]);
  if (!isSubAssessment(row) || data["assessedResourceType"] !== ASSESSED) {
    return refuse(`a row is no sub-assessment of type ${ASSESSED}; ask for those alone`);
  }
  const at = utcTime(properties["timeGenerated"]);
  if (at === undefined) return refuse("timeGenerated is missing or not a time");
  const { cveId, severity } = fieldsOf(data["vulnerabilityDetails"]);
  const { packageName } = fieldsOf(data["softwareDetails"]);
  if (typeof packageName !== "string" || packageName === "") {
    return refuse("a finding names no package (softwareDetails.packageName)");
  }
  const { code } = fieldsOf(properties["status"]);
  const { digest } = fieldsOf(data["artifactDetails"]);
  return { digest, at, code: String(code), id: cveId, severity, packageName };
}

/**
 * Microsoft Defender's findings of one image in an Azure registry, as Azure Resource Graph or the REST API of
 * sub-assessments answers. Source: Microsoft Learn, "Container vulnerability assessments REST API" (`type`,
 * `properties.{additionalData,status,timeGenerated}`, `additionalData.{assessedResourceType,artifactDetails.digest,
 * vulnerabilityDetails.{cveId,severity},softwareDetails.packageName}`), "Sub Assessments" (`status.code` Healthy,
 * Unhealthy or NotApplicable, `nextLink`), "Azure Resource Graph REST" (`data`, `count`, `totalRecords`, `$skipToken`,
 * `resultTruncated`). A finding that somebody exempted is NotApplicable: it is hidden, as one that a scanner is told to
 * hide. The oldest finding says when the image was scanned. What a query left out is in no field: who asks is to be trusted.
 */
export function readDefender(answer: Fields, refuse: Refuse): ScanReport {
  const rows = wholeAnswer(answer, refuse).map((row) => readRow(row, refuse));
  const digests = digestsIn(rows.map(({ digest }) => digest));
  if (digests.length !== 1 || rows.some(({ digest }) => digest !== digests[0])) {
    return refuse(`holds findings of ${digests.length} digests, or of none; ask for those of one image by its digest`);
  }
  const count = new SeverityCount(refuse);
  const hidden: HiddenFinding[] = [];
  for (const { code, severity, id, packageName } of rows) {
    if (code === "Unhealthy") count.add(severity, id, packageName);
    else if (code === "NotApplicable") hidden.push(hiddenFinding(id, packageName, undefined, refuse));
    else if (code !== "Healthy") refuse(`status.code ${quoted(code)} is not a known one`);
  }
  const times = rows.map(({ at }) => at).sort();
  return {
    scanner: "defender",
    digests,
    scannedAt: times[0] ?? refuse("timeGenerated is missing"),
    counts: count.counts,
    ...hiddenOf(hidden, refuse),
  };
}
