import { resolve } from 'node:path';
import type { Disk } from '@rocketmq-ts/kernel';
import { isWholePropertiesFile, parsePropertiesFile } from '@rocketmq-ts/protocol';
import { LauncherError } from './errors.ts';

/** What `-c` named: the path in full and its pairs. */
interface PropertiesFile {
  readonly path: string;
  /** It can be read and not be replaced: `-c /dev/stdin`. */
  readonly isStream: boolean;
  readonly properties: Map<string, string>;
  /** What an operator should know of the file; undefined when nothing is wrong with it. */
  readonly warning: string | undefined;
}

/**
 * A file that is empty, or that a loss of power left without its content, gives way to the backup that a change of the
 * configuration made beside it. Throws `CONFIG_FILE_MISSING`, `CONFIG_FILE_DAMAGED`, or the parser's error, with a sentence
 * that names the file.
 */
export function readPropertiesFile(disk: Disk, path: string): PropertiesFile {
  const fullPath = resolve(path);
  if (disk.stat(fullPath)?.isDirectory === true) {
    throw new LauncherError('CONFIG_FILE_MISSING', `${fullPath} (given with -c) is a folder, not a file`);
  }
  const content = disk.readFile(fullPath);
  if (content === undefined) {
    throw new LauncherError('CONFIG_FILE_MISSING', `There is no configuration file ${fullPath} (given with -c)`);
  }
  const isStream = /^\/(dev|proc)\//.test(fullPath);
  const read = (bytes: Uint8Array, warning?: string): PropertiesFile => ({
    path: fullPath,
    isStream,
    properties: parsePropertiesFile(bytes),
    warning,
  });
  if (isStream || isWholePropertiesFile(content)) return read(content);
  const backup = disk.readFile(`${fullPath}.bak`);
  const problem = content.length === 0 ? 'is empty' : 'holds bytes that no text has';
  if (backup !== undefined && isWholePropertiesFile(backup)) {
    return read(backup, `${fullPath} ${problem}; its backup ${fullPath}.bak is taken`);
  }
  if (content.length === 0) return read(content);
  throw new LauncherError('CONFIG_FILE_DAMAGED', `${fullPath} (given with -c) ${problem}, and there is no good backup`);
}
