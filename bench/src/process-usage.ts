import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a process has in memory now, MB. Source: /proc/<pid>/status. */
export interface Memory {
  /** All that is resident, mapped files included. */
  readonly rss: number;
  /** Its own, not of any file. */
  readonly rssAnon: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024;
  return { rss: megabytes('VmRSS'), rssAnon: megabytes('RssAnon') };
}

/** User and system time of the whole process so far, ms in steps of 10. Source: /proc/<pid>/stat. */
export function cpuMillis(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** User and system time so far of the threads of a process that run still, µs: exact to a microsecond. Source: /proc/<pid>/task/<id>/schedstat. */
export function cpuMicros(pid: number): number {
  const threads = `/proc/${pid}/task`;
  let nanos = 0;
  for (const thread of readdirSync(threads))
    nanos += Number(readFileSync(join(threads, thread, 'schedstat'), 'utf8').split(' ', 1)[0]);
  return nanos / 1000;
}
