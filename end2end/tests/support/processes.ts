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

/** Stops a process and all that it started. Returns what lets them go on. */
export function stop(root: number): () => void {
  const processes = tree(root);
  for (const pid of processes) process.kill(pid, "SIGSTOP");
  return () => {
    for (const pid of processes.reverse()) process.kill(pid, "SIGCONT");
  };
}

/** How many processes, of one and all that it started, are stopped, and how many are not. */
export function stopped(root: number): { stopped: number; running: number } {
  const processes = new Set(tree(root).map(String));
  // A zombie (Z) has ended.
  const states = ps("pid", "stat").filter(([pid, state]) => processes.has(pid ?? "") && !state?.startsWith("Z"));
  const count = states.filter(([, state]) => state?.startsWith("T")).length;
  return { stopped: count, running: states.length - count };
}
