import type { Disk } from '@rocketmq-ts/kernel';
import { CodedError, systemErrorCode } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../errors.ts';

/** Writes a whole file in place of what is there, with its folders. Throws BAD_FILE, which names path and reason. */
export function writeTextFile(disk: Disk, path: string, text: string | Buffer): void {
  const content = typeof text === 'string' ? Buffer.from(text) : text;
  try {
    const slash = path.lastIndexOf('/');
    if (slash > 0) disk.makeDirectory(path.slice(0, slash));
    const file = disk.open(path, 'create');
    try {
      file.truncate(0);
      file.writeSync(content, 0, content.length, 0);
    } finally {
      file.close();
    }
  } catch (cause) {
    throw badFile(path, 'be written', cause);
  }
}

/** Undefined when there is no such file. Throws BAD_FILE, which names path and reason. */
export function readLocalFile(disk: Disk, path: string): Buffer | undefined {
  try {
    return disk.readFile(path);
  } catch (cause) {
    throw badFile(path, 'be read', cause);
  }
}

function badFile(path: string, what: string, cause: unknown): CodedError<MqadminErrorCode> {
  const reason = systemErrorCode(cause) ?? String(cause);
  return new CodedError('BAD_FILE', `file ${path} could not ${what}: ${reason}`, { cause });
}
