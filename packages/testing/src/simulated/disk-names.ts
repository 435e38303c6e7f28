import { posix } from 'node:path';
import type { FileContent } from './disk-content.ts';
import type { SeededRandom } from './random.ts';

/** A directory has no content of its own here. */
type DiskNode = FileContent | 'directory';

interface NameChange {
  /** Whose names it changes; a sync of the directory of one of them makes it durable. */
  readonly paths: readonly string[];
  /** Set by a removal. */
  readonly removed?: string;
  apply(names: Map<string, DiskNode>): void;
}

/**
 * The names of a simulated disk, twice: as programs see them and as the platter holds them. A creation, removal or renaming
 * becomes durable with a sync of its directory (which, as on journalling file systems, also saves the directory itself and
 * those above it); after a crash those that were not synced are there up to some moment, and later ones are not.
 */
export class DiskNames {
  #live = new Map<string, DiskNode>([['/', 'directory']]);
  #durable = new Map<string, DiskNode>([['/', 'directory']]);
  #changes: NameChange[] = [];

  get(path: string): DiskNode | undefined {
    return this.#live.get(path);
  }

  entries(): IterableIterator<[string, DiskNode]> {
    return this.#live.entries();
  }

  put(path: string, node: DiskNode): void {
    this.#change([path], (names) => names.set(path, node));
  }

  /** With everything below. */
  remove(path: string): void {
    const apply = (names: Map<string, DiskNode>): void => {
      for (const each of below(names, path)) names.delete(each);
    };
    this.#change([path], apply, path);
  }

  /** In one step, with everything below. */
  rename(from: string, to: string): void {
    this.#change([from, to], (names) => {
      const moved = below(names, from).map((path) => [path, names.get(path)] as const);
      if (moved.length > 0) for (const each of below(names, to)) names.delete(each);
      for (const [path] of moved) names.delete(path);
      for (const [path, node] of moved) if (node !== undefined) names.set(to + path.slice(from.length), node);
    });
  }

  sync(directory: string): void {
    for (let above = directory; above !== '/'; above = posix.dirname(above)) {
      if (this.#live.get(above) === 'directory') this.#durable.set(above, 'directory');
    }
    const isSaved = this.#changes.map(({ paths }) =>
      // What was done to the directory itself, or above it, is saved as well: a removal must not come later than what was
      // made anew in its place.
      paths.some((path) => posix.dirname(path) === directory || isWithin(directory, path)),
    );
    // Nor may what was made below a removed directory come later than the removal.
    for (const [at, { removed }] of this.#changes.entries()) {
      if (removed === undefined || isSaved[at] !== true) continue;
      for (let i = 0; i < at; i++) {
        if (this.#changes[i]!.paths.every((path) => isWithin(path, removed))) isSaved[i] = true;
      }
    }
    for (const [at, change] of this.#changes.entries()) if (isSaved[at] === true) change.apply(this.#durable);
    this.#changes = this.#changes.filter((_, at) => isSaved[at] !== true);
  }

  crash(random: SeededRandom): void {
    const saved = random.between(0, this.#changes.length);
    for (const change of this.#changes.slice(0, saved)) change.apply(this.#durable);
    this.#changes = [];
    // A name below a directory that was lost is lost with it.
    for (const path of [...this.#durable.keys()]) if (!this.#isReachable(path)) this.#durable.delete(path);
    this.#live = new Map(this.#durable);
  }

  #isReachable(path: string): boolean {
    for (let above = posix.dirname(path); above !== '/'; above = posix.dirname(above)) {
      if (this.#durable.get(above) !== 'directory') return false;
    }
    return true;
  }

  #change(paths: readonly string[], apply: (names: Map<string, DiskNode>) => void, removed?: string): void {
    apply(this.#live);
    this.#changes.push({ paths, apply, ...(removed === undefined ? {} : { removed }) });
  }
}

function below(names: Map<string, DiskNode>, path: string): string[] {
  return [...names.keys()].filter((each) => isWithin(each, path));
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
