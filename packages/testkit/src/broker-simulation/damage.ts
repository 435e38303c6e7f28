import type { SimulatedDisk } from '@rocketmq-ts/testing/simulated';
import type { Damage } from './plan.ts';

/**
 * Damages one of the two copies of a saved file, durably, when both have the same content: then nothing may be lost by it.
 * Returns what happened, for the history.
 */
export function damageCopy(disk: SimulatedDisk, path: string, copy: '' | '.bak', how: Damage): string {
  const content = (name: string): Buffer | undefined =>
    disk.stat(name)?.isDirectory === true ? undefined : disk.readFile(name);
  const main = content(path);
  const backup = content(`${path}.bak`);
  if (main === undefined || backup === undefined || !main.equals(backup)) return `${path} has no second copy, it stays`;
  const target = path + copy;
  disk.remove(target);
  if (how === 'folder') disk.makeDirectory(`${target}/inside`);
  else if (how !== 'missing') write(disk, target, damaged(main, how));
  disk.syncDirectory(path.slice(0, path.lastIndexOf('/')));
  return `${target} is damaged: ${how}`;
}

function damaged(content: Buffer, how: 'empty' | 'zeros' | 'half' | 'other kind'): Buffer {
  if (how === 'empty') return Buffer.alloc(0);
  if (how === 'zeros') return Buffer.alloc(content.length);
  return how === 'half' ? content.subarray(0, content.length >> 1) : Buffer.from('{"other":{}}');
}

function write(disk: SimulatedDisk, path: string, bytes: Buffer): void {
  const file = disk.open(path, 'create');
  file.writeSync(bytes, 0, bytes.length, 0);
  file.syncSync();
  file.close();
}
