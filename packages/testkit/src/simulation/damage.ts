import { SECTOR_BYTES, type SimulatedDisk } from '@rocketmq-ts/testing/simulated';
import type { Damage } from './plan.ts';
import type { StoreModel } from './store-model.ts';
import { ROOT } from './store-process.ts';

const PAGE_BYTES = 4096;
/** Size, magic and the other fields before the body. */
const BODY_AT = 88;

/** Damages a file of a store that is not running, and reports to the model which records are hit. Returns what it did. */
export function doDamage(damage: Damage, disk: SimulatedDisk, model: StoreModel, fileBytes: number): string {
  if (damage.target === 'commitlog') return damageLog(damage, disk, model, fileBytes);
  const files = filesBelow(disk, `${ROOT}/${damage.target}`).filter((path) => /\d$/.test(path));
  const path = files[Math.floor(damage.at * files.length)];
  if (path === undefined) return 'nothing to damage';
  // After a kill, or where files have times of a clock that was ahead, nothing shows at once that a file was written to: that is
  // for readers to meet.
  const isSilent = damage.how === 'flip' || damage.how === 'zero' || damage.how === 'swap';
  if (isSilent && (disk.stat(`${ROOT}/abort`) !== undefined || clockWentBack(disk)))
    return 'nothing to damage that a start answers for';
  switch (damage.how) {
    case 'longer':
      change(disk, path, (file) => file.truncate(file.size() + 40));
      break;
    case 'swap': {
      const other = disk.readFile(files[files.length - 1 - files.indexOf(path)]!)!;
      change(disk, path, (file) => file.writeSync(other, 0, other.length, 0));
      break;
    }
    case 'cut':
      change(disk, path, (file) => file.truncate(Math.floor(file.size() / 2)));
      break;
    case 'remove':
      disk.remove(path);
      break;
    case 'foreign':
      change(disk, `${path}.bak`, (file) => file.writeSync(Buffer.from('not a file of the store'), 0, 23, 0));
      return `a foreign file ${path}.bak`;
    case 'zero':
      change(disk, path, (file) => file.writeSync(Buffer.alloc(file.size()), 0, file.size(), 0));
      break;
    default:
      change(disk, path, (file) => flip(file, Math.floor(damage.at * 977) % Math.max(1, file.size())));
  }
  return `${damage.how} ${path}`;
}

/** A flipped bit hits a body, since nothing else in a record has a checksum; zeros hit any place. */
function damageLog({ how, at }: Damage, disk: SimulatedDisk, model: StoreModel, fileBytes: number): string {
  const directory = `${ROOT}/commitlog`;
  if (how === 'foreign') {
    change(disk, `${directory}/readme`, (file) => file.writeSync(Buffer.from('hello'), 0, 5, 0));
    return 'a foreign file in commitlog';
  }
  const records = model.inLog();
  const record = records[Math.floor(at * records.length)];
  if (record === undefined) return 'nothing to damage';
  const from = record.physicalOffset + BODY_AT + Math.floor(record.bodyBytes / 2);
  const inFile = from % fileBytes;
  const path = `${directory}/${String(from - inFile).padStart(20, '0')}`;
  if (how === 'flip') {
    change(disk, path, (file) => flip(file, inFile));
    model.damaged(from, from + 1);
    return `a bit flipped at ${from}`;
  }
  const unit = how === 'zero' ? SECTOR_BYTES : PAGE_BYTES;
  const begin = from - (inFile % unit);
  const length = Math.min(unit, begin - (begin % fileBytes) + fileBytes - begin);
  change(disk, path, (file) => file.writeSync(Buffer.alloc(length), 0, length, begin % fileBytes));
  model.damaged(begin, begin + length);
  model.looksLost(begin);
  return `${length} zeros at ${begin}`;
}

/** What the checkpoint has of the wall clock. */
function clockWentBack(disk: SimulatedDisk): boolean {
  const content = disk.readFile(`${ROOT}/checkpoint`);
  return content !== undefined && content.length > 132 && content.toString('latin1', 128, 132) === 'BMTS';
}

function flip(file: ReturnType<SimulatedDisk['open']>, position: number): void {
  const byte = Buffer.alloc(1);
  file.readSync(byte, 0, 1, position);
  byte[0] = byte[0]! ^ 0x10;
  file.writeSync(byte, 0, 1, position);
}

function change(disk: SimulatedDisk, path: string, how: (file: ReturnType<SimulatedDisk['open']>) => void): void {
  disk.makeDirectory(folderOf(path)!);
  // Damage needs no free space.
  const { occupiedBytes } = disk;
  disk.occupiedBytes = Number.NEGATIVE_INFINITY;
  const file = disk.open(path, 'create');
  how(file);
  file.syncSync();
  file.close();
  disk.occupiedBytes = occupiedBytes;
}

function folderOf(path: string | undefined): string | undefined {
  return path?.slice(0, path.lastIndexOf('/'));
}

function filesBelow(disk: SimulatedDisk, directory: string): string[] {
  return disk
    .list(directory)
    .flatMap(({ name, isDirectory }) =>
      isDirectory ? filesBelow(disk, `${directory}/${name}`) : [`${directory}/${name}`],
    );
}
