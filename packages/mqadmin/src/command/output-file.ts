import type { Disk } from '@rocketmq-ts/kernel';

const LONGEST_NAME = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const NOT_IN_NAMES = /[\u0000-\u001f\u007f/\\]/g;

/** A text from the wire as the name of a file: it can not lead out of its folder, and is not too long for one. */
export function fileNameOf(text: string): string {
  const name = text.replace(NOT_IN_NAMES, '_').slice(0, LONGEST_NAME);
  return /^\.*$/.test(name) ? `_${name}` : name;
}

/** Writes a file anew, in a folder that is made when it is missing. What lies there under the name is removed, also a link. */
export function writeOutputFile(disk: Disk, folder: string, name: string, content: Uint8Array): string {
  const path = `${folder}/${name}`;
  disk.makeDirectory(folder);
  disk.remove(path);
  const file = disk.open(path, 'create');
  try {
    file.writeSync(content, 0, content.length, 0);
  } finally {
    file.close();
  }
  return path;
}
