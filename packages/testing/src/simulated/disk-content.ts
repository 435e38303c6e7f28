import type { SeededRandom } from './random.ts';

/** What a disk writes as a whole: after a crash a sector has its old or its new bytes, never a mixture. */
export const SECTOR_BYTES = 512;
const PAGE_BYTES = 4096;
const SECTORS_A_PAGE = PAGE_BYTES / SECTOR_BYTES;

type Pages = Map<number, Buffer>;
/** Page number to the bits of its sectors. */
type DirtySectors = Map<number, number>;

/** What a sync found to be written, with the bytes as they were when it was called. */
interface Captured {
  readonly dirty: DirtySectors;
  readonly pages: Pages;
  readonly sizeBytes: number;
  /** The shortest that the file was since the sync before: what lay behind is lost, even if the file grew again. */
  readonly shortestBytes: number;
}

/**
 * The bytes of one simulated file, twice: as programs see them and as the platter holds them. Pages that were never
 * written take no memory, so a file of a gibibyte that is mostly a hole is cheap.
 */
export class FileContent {
  sizeBytes = 0;
  modifiedMs = 0;
  readonly #live: Pages = new Map();
  readonly #durable: Pages = new Map();
  #durableSizeBytes = 0;
  #shortestBytes = 0;
  #dirty: DirtySectors = new Map();
  #syncing: Captured | undefined;

  /** Memory that the content takes, as a disk would count its blocks. */
  get allocatedBytes(): number {
    return this.#live.size * PAGE_BYTES;
  }

  /** Bytes that a write of this range would newly allocate. */
  wouldAllocate(position: number, length: number): number {
    let pages = 0;
    for (let page = pageOf(position); page * PAGE_BYTES < position + length; page++) if (!this.#live.has(page)) pages++;
    return pages * PAGE_BYTES;
  }

  /** How much of a write fits into so many free bytes: the pages that it has already, then new ones. */
  fitting(position: number, length: number, freeBytes: number): number {
    let left = Math.floor(Math.max(0, freeBytes) / PAGE_BYTES);
    for (let page = pageOf(position); page * PAGE_BYTES < position + length; page++) {
      if (this.#live.has(page)) continue;
      if (left === 0) return Math.max(0, page * PAGE_BYTES - position);
      left -= 1;
    }
    return length;
  }

  write(source: Uint8Array, position: number): void {
    if (source.length === 0) return;
    for (let done = 0; done < source.length; ) {
      const page = pageOf(position + done);
      const inPage = (position + done) % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - inPage, source.length - done);
      pageIn(this.#live, page).set(source.subarray(done, done + count), inPage);
      this.#markDirty(page, inPage, count);
      done += count;
    }
    this.sizeBytes = Math.max(this.sizeBytes, position + source.length);
  }

  /** Count of bytes read; short at the end of the file. */
  read(target: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(target.length, this.sizeBytes - position));
    for (let done = 0; done < length; ) {
      const inPage = (position + done) % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - inPage, length - done);
      const bytes = this.#live.get(pageOf(position + done));
      if (bytes === undefined) target.fill(0, done, done + count);
      else target.set(bytes.subarray(inPage, inPage + count), done);
      done += count;
    }
    return length;
  }

  truncate(length: number): void {
    if (length < this.sizeBytes) {
      const lastPage = pageOf(length);
      for (const page of [...this.#live.keys()]) {
        if (page > lastPage || (page === lastPage && length % PAGE_BYTES === 0)) {
          this.#live.delete(page);
          this.#dirty.delete(page);
        }
      }
      // What lies behind the new end must not come back when the file grows again.
      const inPage = length % PAGE_BYTES;
      if (inPage > 0 && this.#live.has(lastPage)) {
        pageIn(this.#live, lastPage).fill(0, inPage);
        this.#markDirty(lastPage, inPage, PAGE_BYTES - inPage);
      }
    }
    this.sizeBytes = length;
    this.#shortestBytes = Math.min(this.#shortestBytes, length);
  }

  /** The kernel writes a page back by itself whenever it likes. */
  writeBackOne(random: SeededRandom): void {
    const pages = [...this.#dirty.keys()];
    // While a sync is under way it is the one that writes.
    if (pages.length === 0 || this.#syncing !== undefined) return;
    const page = random.pick(pages);
    this.#cutDurable(this.#shortestBytes);
    this.#shortestBytes = this.sizeBytes;
    copySectors(this.#live, this.#durable, page, this.#dirty.get(page) ?? 0);
    this.#dirty.delete(page);
    this.#durableSizeBytes = Math.max(this.#durableSizeBytes, Math.min(this.sizeBytes, (page + 1) * PAGE_BYTES));
  }

  /** A sync begins: it covers what is written by now and nothing later. */
  beginSync(): void {
    const pages: Pages = new Map();
    for (const page of this.#dirty.keys())
      pages.set(page, Buffer.from(this.#live.get(page) ?? Buffer.alloc(PAGE_BYTES)));
    const captured = { dirty: this.#dirty, pages, sizeBytes: this.sizeBytes, shortestBytes: this.#shortestBytes };
    this.#dirty = new Map();
    this.#shortestBytes = this.sizeBytes;
    // Two syncs at once: the later one covers what the earlier does.
    this.#syncing = this.#syncing === undefined ? captured : merge(this.#syncing, captured);
  }

  completeSync(): void {
    const syncing = this.#syncing;
    if (syncing === undefined) return;
    this.#syncing = undefined;
    this.#cutDurable(syncing.shortestBytes);
    for (const [page, sectors] of syncing.dirty) copySectors(syncing.pages, this.#durable, page, sectors);
    this.#durableSizeBytes = syncing.sizeBytes;
  }

  /**
   * A failed sync: the system takes the pages for clean, although they never reached the disk. They stay readable, the
   * next sync succeeds without them, and a crash loses them. (What Linux does since 4.16.)
   */
  failSync(): void {
    this.#syncing = undefined;
  }

  /** What is on the platter after a loss of power: of each un-synced sector the old bytes or the new ones. */
  crash(random: SeededRandom): void {
    const now = {
      dirty: this.#dirty,
      pages: this.#live,
      sizeBytes: this.sizeBytes,
      shortestBytes: this.#shortestBytes,
    };
    const unsynced = this.#syncing === undefined ? [now] : [this.#syncing, now];
    // Whole files are lost or saved more often than chance would have it per sector: both ends matter most.
    const saved = random.pick([0, 1, 0.5, 0.9]);
    for (const { dirty, pages, shortestBytes } of unsynced) {
      if (saved > 0) this.#cutDurable(shortestBytes);
      for (const [page, sectors] of dirty) copySectors(pages, this.#durable, page, keepSome(sectors, saved, random));
    }
    this.sizeBytes = this.#sizeAfterCrash(saved, random);
    this.#syncing = undefined;
    this.#dirty = new Map();
    this.#shortestBytes = this.sizeBytes;
    this.#cutDurable(this.sizeBytes);
    this.#durableSizeBytes = this.sizeBytes;
    this.#live.clear();
    for (const [page, bytes] of this.#durable) this.#live.set(page, Buffer.from(bytes));
  }

  #sizeAfterCrash(saved: number, random: SeededRandom): number {
    if (this.sizeBytes === this.#durableSizeBytes || saved === 0) return this.#durableSizeBytes;
    if (saved === 1) return this.sizeBytes;
    const low = Math.min(this.sizeBytes, this.#durableSizeBytes);
    const high = Math.max(this.sizeBytes, this.#durableSizeBytes);
    return random.pick([low, high, random.between(low, high)]);
  }

  /** Bytes behind the end do not exist on the platter either. */
  #cutDurable(length: number): void {
    const lastPage = pageOf(length);
    for (const page of [...this.#durable.keys()]) if (page > lastPage) this.#durable.delete(page);
    this.#durable.get(lastPage)?.fill(0, length % PAGE_BYTES);
    this.#durableSizeBytes = Math.min(this.#durableSizeBytes, length);
  }

  #markDirty(page: number, inPage: number, count: number): void {
    let sectors = this.#dirty.get(page) ?? 0;
    const last = Math.floor((inPage + count - 1) / SECTOR_BYTES);
    for (let sector = Math.floor(inPage / SECTOR_BYTES); sector <= last; sector++) sectors |= 1 << sector;
    this.#dirty.set(page, sectors);
  }
}

function pageOf(position: number): number {
  return Math.floor(position / PAGE_BYTES);
}

function pageIn(pages: Pages, page: number): Buffer {
  let bytes = pages.get(page);
  if (bytes === undefined) {
    bytes = Buffer.alloc(PAGE_BYTES);
    pages.set(page, bytes);
  }
  return bytes;
}

function copySectors(from: Pages, to: Pages, page: number, sectors: number): void {
  const source = from.get(page);
  if (source === undefined || sectors === 0) return;
  const target = pageIn(to, page);
  for (let sector = 0; sector < SECTORS_A_PAGE; sector++) {
    if ((sectors & (1 << sector)) === 0) continue;
    source.copy(target, sector * SECTOR_BYTES, sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES);
  }
}

function keepSome(sectors: number, probability: number, random: SeededRandom): number {
  let kept = 0;
  for (let sector = 0; sector < SECTORS_A_PAGE; sector++) {
    if ((sectors & (1 << sector)) !== 0 && random.chance(probability)) kept |= 1 << sector;
  }
  return kept;
}

function merge(earlier: Captured, later: Captured): Captured {
  const dirty = new Map(earlier.dirty);
  for (const [page, sectors] of later.dirty) dirty.set(page, (dirty.get(page) ?? 0) | sectors);
  const shortestBytes = Math.min(earlier.shortestBytes, later.shortestBytes);
  return { dirty, pages: new Map([...earlier.pages, ...later.pages]), sizeBytes: later.sizeBytes, shortestBytes };
}
