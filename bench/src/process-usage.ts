import { readFileSync } from 'node:fs';

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
