// The processes of a browser, stopped as those of a device that sleeps.

import { execFileSync } from "node:child_process";

function ps(...columns: string[]): string[][] {
  const format = columns.flatMap((column) => ["-o", `${column}=`]);
  const lines = execFileSync("ps", ["-A", ...format], { encoding: "utf8" }).trimEnd().split("\n");
  return lines.map((line) => line.trim().split(/\s+/));
}

/** A process and all that it started, directly or not. */
function tree(root: number): number[] {
  const parents = ps("pid", "ppid").map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
  const found = [root];
  for (const above of found) found.push(...parents.filter(({ parent }) => parent === above).map(({ pid }) => pid));
  return found;
}

/** Of a process and all that it started: which are stopped, and which are not. */
function states(root: number): { stopped: number[]; running: number[] } {
  const processes = new Set(tree(root).map(String));
  // A zombie (Z) has ended.
  const found = ps("pid", "stat").filter(([pid, state]) => processes.has(pid ?? "") && !state?.startsWith("Z"));
  const pids = (isStopped: boolean) =>
    found.filter(([, state]) => (state?.startsWith("T") ?? false) === isStopped).map(([pid]) => Number(pid));
  return { stopped: pids(true), running: pids(false) };
}

/** Sends a signal; to a process that has ended, none. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/**
 * Stops a process and all that it started, until none of them runs: one may start another before it is stopped, and a
 * signal takes effect a moment later. Returns how many were stopped, and what lets them go on.
 */
export function stop(root: number): { count: number; goOn: () => void } {
  let found = states(root);
  while (found.running.length > 0) {
    for (const pid of found.running) signal(pid, "SIGSTOP");
    found = states(root);
  }
  const { stopped } = found;
  return { count: stopped.length, goOn: () => stopped.reverse().forEach((pid) => signal(pid, "SIGCONT")) };
}
