const SIZES = [16 * 1024, 64 * 1024, 320 * 1024] as const;
const KEPT = [64, 64, 16] as const;

/** Buffers for answers to pulls, reused once their bytes are sent. Bounded; beyond the sizes kept they are made anew. */
export class ReadBuffers {
  readonly #free: Buffer[][] = SIZES.map(() => []);

  take(bytes: number): Buffer {
    for (let i = 0; i < SIZES.length; i++) {
      if (bytes <= SIZES[i]!) return this.#free[i]!.pop() ?? Buffer.allocUnsafeSlow(SIZES[i]!);
    }
    return Buffer.allocUnsafeSlow(bytes);
  }

  giveBack(buffer: Buffer): void {
    for (let i = 0; i < SIZES.length; i++) {
      if (buffer.length === SIZES[i]! && this.#free[i]!.length < KEPT[i]!) this.#free[i]!.push(buffer);
    }
  }
}
