import { readdirSync, readFileSync } from "node:fs";

/** What stands in a process's file below /proc; nothing where the process has ended or the system has no /proc. */
function read(pid: string | number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function parents(): Map<number, number> {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  // After the command's name, which may hold anything, come the state and the parent's id (proc_pid_stat(5)).
  return new Map(pids.map((pid) => [Number(pid), Number(/\) \S (\d+)/.exec(read(pid, "stat"))?.[1])]));
}

/** A process and all that it started, directly or not. */
function treeOf(root: number): number[] {
  const parentOf = parents();
  const inTree = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 1 && (pid === root || inTree(parentOf.get(pid)));
  return [...parentOf.keys()].filter(inTree);
}

/**
 * Watches the memory of a process and of all that it starts, Linux only.
 *
 * @returns ends the watch and gives the sum of each process's peak resident memory, in MB
 */
export function watchTree(root: number): () => number {
  const peaks = new Map<number, number>();
  const look = () => {
    for (const pid of treeOf(root)) {
      const kilobytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(read(pid, "status"))?.[1] ?? 0);
      peaks.set(pid, Math.max(kilobytes, peaks.get(pid) ?? 0));
    }
  };
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    return [...peaks.values()].reduce((sum, one) => sum + one, 0) / 1024;
  };
}
