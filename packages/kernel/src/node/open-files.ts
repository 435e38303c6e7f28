import { readFileSync } from 'node:fs';

/** How many files and sockets this process may have open at a time; undefined where the system does not report it (no Linux) or has no limit. */
export function openFilesLimit(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return line === null ? undefined : Number(line[1]);
  } catch {
    return undefined;
  }
}
