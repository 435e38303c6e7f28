import { resolve } from 'node:path';
import type { Disk } from '@rocketmq-ts/kernel';
import { parsePropertiesFile } from '@rocketmq-ts/protocol';
import { LauncherError } from './errors.ts';

/** What `-c` named: the path in full and its pairs. */
export interface PropertiesFile {
  readonly path: string;
  /** It can be read and not be replaced: `-c /dev/stdin`. */
  readonly isStream: boolean;
  readonly properties: Map<string, string>;
}

/** Throws `CONFIG_FILE_MISSING`, or the parser's error, with a sentence that names the file. */
export function readPropertiesFile(disk: Disk, path: string): PropertiesFile {
  const fullPath = resolve(path);
  if (disk.stat(fullPath)?.isDirectory === true) {
    throw new LauncherError('CONFIG_FILE_MISSING', `${fullPath} (given with -c) is a folder, not a file`);
  }
  const content = disk.readFile(fullPath);
  if (content === undefined) {
    throw new LauncherError('CONFIG_FILE_MISSING', `There is no configuration file ${fullPath} (given with -c)`);
  }
  return { path: fullPath, isStream: /^\/(dev|proc)\//.test(fullPath), properties: parsePropertiesFile(content) };
}
