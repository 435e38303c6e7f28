import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file in a folder with which another program takes all that is left of its disk. */
export class Ballast {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, 'ballast');
  }

  /** Until the disk is full. */
  fill(): void {
    const file = openSync(this.#path, 'w');
    try {
      for (const bytes of [1024 * 1024, 4096]) fillWith(file, Buffer.alloc(bytes, 1));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#path, { force: true });
  }
}

function fillWith(file: number, piece: Buffer): void {
  try {
    for (;;) writeSync(file, piece);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOSPC') throw error;
  }
}
