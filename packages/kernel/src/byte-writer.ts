import { writeInt64 } from './int64.ts';

/**
 * Bytes written one after the other into a buffer that grows. Big-endian, as every number of this system's wire and disk
 * formats is. `buffer`, `view` and `position` are public for code that lays out whole records at once: it calls `ensure`,
 * writes by itself and moves `position`.
 */
export class ByteWriter {
  buffer: Buffer;
  view: DataView;
  /** Of the next byte; bytes before it are written. */
  position = 0;

  constructor(capacityBytes = 256) {
    this.buffer = Buffer.allocUnsafeSlow(capacityBytes);
    this.view = new DataView(this.buffer.buffer, this.buffer.byteOffset, this.buffer.length);
  }

  get remaining(): number {
    return this.buffer.length - this.position;
  }

  /** Makes room for `count` more bytes; `buffer` and `view` may be other objects afterwards. */
  ensure(count: number): void {
    if (this.buffer.length - this.position < count) this.#grow(count);
  }

  int8(value: number): void {
    this.ensure(1);
    this.view.setInt8(this.position, value);
    this.position += 1;
  }

  int16(value: number): void {
    this.ensure(2);
    this.view.setInt16(this.position, value);
    this.position += 2;
  }

  int32(value: number): void {
    this.ensure(4);
    this.view.setInt32(this.position, value);
    this.position += 4;
  }

  /** A safe integer as two's complement of 64 bits. */
  int64(value: number): void {
    this.ensure(8);
    writeInt64(this.view, this.position, value);
    this.position += 8;
  }

  bytes(source: Uint8Array): void {
    this.ensure(source.length);
    this.buffer.set(source, this.position);
    this.position += source.length;
  }

  /** Text of which every character is below U+0100; others are cut to their low byte. Returns the count of bytes. */
  latin1(text: string): number {
    this.ensure(text.length);
    const count = this.buffer.write(text, this.position, 'latin1');
    this.position += count;
    return count;
  }

  /** Returns the count of bytes; a lone surrogate becomes U+FFFD. */
  utf8(text: string): number {
    this.ensure(text.length * 3);
    const count = this.buffer.write(text, this.position, 'utf8');
    this.position += count;
    return count;
  }

  /** What is written, without a copy; valid until the next write after `reset`. */
  written(): Buffer {
    return this.buffer.subarray(0, this.position);
  }

  reset(): void {
    this.position = 0;
  }

  #grow(count: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.position + count));
    grown.set(this.buffer.subarray(0, this.position));
    this.buffer = grown;
    this.view = new DataView(grown.buffer, grown.byteOffset, grown.length);
  }
}
