import { readFileSync } from 'node:fs';

/** What a program of ours recorded from the classes of Apache RocketMQ 5.4.0; each file says how. */
export function recorded<Shape>(name: string): Shape {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as Shape;
}
