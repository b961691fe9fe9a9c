import { stringify } from "yaml";

/** YAML of plain data, in the order of its keys; long texts stay on their line, and nothing is shared by an anchor. */
export const yamlText = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
