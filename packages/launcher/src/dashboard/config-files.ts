import { join, resolve } from 'node:path';
import { optionsOfYaml } from '@rocketmq-ts/dashboard';
import type { Disk } from '@rocketmq-ts/kernel';
import { parsePropertiesFile } from '@rocketmq-ts/protocol';
import { LauncherError } from '../errors.ts';

interface ConfigFile {
  readonly path: string;
  readonly pairs: ReadonlyMap<string, string>;
}

/** In the order of their priority. Source: Spring Boot, StandardConfigDataLocationResolver. */
const NAMES = ['application.properties', 'application.yml', 'application.yaml'];

/**
 * Files with options, the first has priority. `locations`: what `spring.config.location` names, files or folders with commas between them,
 * the last has priority; without it, `application.properties` and `application.yml` of the folders `config`, `conf` and the current
 * one. Throws `CONFIG_FILE_MISSING`, or `CONFIG_FILE_DAMAGED` with the place.
 */
export async function readConfigFiles(
  disk: Disk,
  folder: string,
  locations: string | undefined,
): Promise<ConfigFile[]> {
  const paths = locations === undefined ? defaultPaths(disk, folder) : givenPaths(disk, folder, locations);
  const files: ConfigFile[] = [];
  for (const path of paths) files.push({ path, pairs: await readPairs(disk, path) });
  return files;
}

function defaultPaths(disk: Disk, folder: string): string[] {
  const paths = ['config', 'conf', '.'].flatMap((place) => NAMES.map((name) => join(folder, place, name)));
  return paths.filter((path) => isFile(disk, path));
}

function givenPaths(disk: Disk, folder: string, locations: string): string[] {
  const paths: string[] = [];
  for (const location of locations.split(/[,;]/).toReversed()) {
    const isOptional = location.trim().startsWith('optional:');
    const plain = location
      .trim()
      .replace(/^optional:/, '')
      .replace(/^file:(?:\/\/)?/, '');
    // What is in Apache's jar is in the table of properties here.
    if (plain === '' || plain.startsWith('classpath:')) continue;
    const path = resolve(folder, plain);
    if (disk.stat(path)?.isDirectory === true) {
      paths.push(...NAMES.map((name) => join(path, name)).filter((each) => isFile(disk, each)));
    } else if (isFile(disk, path)) paths.push(path);
    else if (!isOptional) {
      throw new LauncherError(
        'CONFIG_FILE_MISSING',
        `There is no configuration file ${path} (given with spring.config.location)`,
      );
    }
  }
  return paths;
}

function isFile(disk: Disk, path: string): boolean {
  return disk.stat(path)?.isDirectory === false;
}

async function readPairs(disk: Disk, path: string): Promise<ReadonlyMap<string, string>> {
  const content = disk.readFile(path) ?? Buffer.alloc(0);
  if (!/\.ya?ml$/.test(path)) return parsePropertiesFile(content);
  try {
    return await optionsOfYaml(content.toString('utf8'));
  } catch (error) {
    const reason = (error as Error).message.split('\n', 1)[0];
    throw new LauncherError('CONFIG_FILE_DAMAGED', `${path} is not YAML: ${reason}`, { cause: error });
  }
}
