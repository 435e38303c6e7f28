import { asError, type Disk, replaceAndKeepPrevious } from '@rocketmq-ts/kernel';
import { formatPropertiesFile, isWholePropertiesFile, parsePropertiesFile } from '@rocketmq-ts/protocol';

/** The properties file of a server, in which changes of its running configuration are kept. */
export interface ConfigFile {
  readonly path: string;
  /** It is the file of another server of this process as well, which changes it too. */
  readonly isShared: boolean;
}

/**
 * Keeps changed properties for the next start; the content before is kept as `.bak`, if there was any. `given`: all that the server has
 * of its file and of changes. In a shared file only the changed keys are replaced. Returns why it failed.
 */
export function keepChanges(
  disk: Disk,
  { path, isShared }: ConfigFile,
  given: readonly (readonly [string, string])[],
  changes: ReadonlyMap<string, string>,
): string | undefined {
  try {
    const pairs = isShared ? changedIn(disk, path, given, changes) : given;
    if (pairs === undefined)
      return 'the file can not be read any more, and another server has its properties there too';
    replaceAndKeepPrevious(disk, path, formatPropertiesFile(pairs), isWholePropertiesFile);
    return undefined;
  } catch (error) {
    return asError(error).message;
  }
}

function changedIn(
  disk: Disk,
  path: string,
  given: readonly (readonly [string, string])[],
  changes: ReadonlyMap<string, string>,
): Map<string, string> | undefined {
  const content = disk.readFile(path);
  if (content === undefined || !isWholePropertiesFile(content)) return undefined;
  const pairs = parsePropertiesFile(content);
  for (const [key, value] of given) if (changes.has(key)) pairs.set(key, value);
  return pairs;
}
