import type { Status } from "../../src/doctor/finding";
import type { Clinic, Files, World } from "./clinic";

/** Something that is not as it should be, and what is said of it. */
export interface Case {
  title: string;
  /** Changes the world the stand-ins know. */
  world?: (world: World) => void;
  files?: (files: Files) => void;
  /** Changes PATH and the environment. */
  clinic?: (clinic: Clinic) => void;
  /** The stage to examine; `null` for every stage. Default qa. */
  stage?: null;
  id: string;
  status: Status;
  says: readonly string[];
  remedy?: string;
  /** True where running the remedy mends it. */
  mends?: true;
}

/** Writes something else into a file of the project. */
export const replace = (file: "Pulumi.yaml" | "Pulumi.qa.yaml", from: string, to: string) => (files: Files) => {
  if (!files[file].includes(from)) throw new Error(`${file} does not hold ${from}`);
  files[file] = files[file].replace(from, to);
};

export const QA = "Pulumi.qa.yaml";
