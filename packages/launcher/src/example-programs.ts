import { join } from 'node:path';
import type { Disk } from '@rocketmq-ts/kernel';

const PREFIX = 'org.apache.rocketmq.example.';

/**
 * The module of an example under the name that Apache's has: `org.apache.rocketmq.example.simple.AsyncProducer` is
 * `examples/src/simple/async-producer.ts`. Undefined when we have none of that name.
 */
export function exampleModule(disk: Disk, root: string, className: string): string | undefined {
  if (!className.startsWith(PREFIX)) return undefined;
  const parts = className.slice(PREFIX.length).split('.');
  if (parts.length < 2 || !parts.every((part) => /^[A-Za-z]\w*$/.test(part))) return undefined;
  const file = `${kebab(parts.pop()!)}.ts`;
  const path = join(root, 'examples', 'src', ...parts, file);
  return disk.stat(path) === undefined ? undefined : path;
}

/** All examples by class name, sorted. */
export function exampleNames(disk: Disk, root: string): string[] {
  const folder = join(root, 'examples', 'src');
  const names: string[] = [];
  for (const { name, isDirectory } of disk.list(folder)) {
    if (!isDirectory) continue;
    for (const file of disk.list(join(folder, name))) {
      if (file.name.endsWith('.ts')) names.push(`${PREFIX}${name}.${pascal(file.name.slice(0, -3))}`);
    }
  }
  return names;
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
}

function pascal(name: string): string {
  return name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
