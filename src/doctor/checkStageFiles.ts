import { ok, problem, type Finding } from "./finding";
import type { StageFacts } from "./stageFacts";

const plural = (count: number) => (count === 1 ? "1 problem" : `${count} problems`);

/** Does every stage decode? What is wrong in the shared file is told once, with the first stage it stops. */
export function checkStageFiles(stages: readonly StageFacts[]): Finding[] {
  const told = new Set<string>();
  return stages.map(({ stage, file, problems }) => {
    const id = `stage-file.${stage}`;
    if (problems.length === 0) return ok(id, `${file} and Pulumi.yaml decode`);
    const fresh = problems.filter((line) => !told.has(line));
    for (const line of fresh) told.add(line);
    const details = fresh.length === 0 ? ["all told above"] : fresh;
    const remedy = `npm run preview -- --stage ${stage}  # once the files are mended; it needs no login`;
    return problem(id, [`${plural(problems.length)} for stage ${stage}`, ...details].join("\n"), remedy);
  });
}
