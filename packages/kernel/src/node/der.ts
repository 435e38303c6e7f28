/** The little of ASN.1 DER that a certificate needs. Each function returns one complete element. */
export function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOctets(body.length), body]);
}

/** Lengths under 128 are one byte; longer ones are preceded by the count of their bytes. */
function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

/** Elements in their order. */
export const derSequence = (...elements: readonly Buffer[]): Buffer => der(0x30, ...elements);
/** Elements without an order. */
export const derSet = (...elements: readonly Buffer[]): Buffer => der(0x31, ...elements);
/** A text. */
export const derUtf8 = (text: string): Buffer => der(0x0c, Buffer.from(text, 'utf8'));
/** Bytes. */
export const derOctets = (bytes: Buffer): Buffer => der(0x04, bytes);
/** A bit string whose length is a whole number of bytes. */
export const derBits = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes);
/** The boolean true; false is never written, as it is the default of every field. */
export const derTrue = (): Buffer => der(0x01, Buffer.from([0xff]));
/** A context-specific element that holds others. */
export const derExplicit = (number: number, ...elements: readonly Buffer[]): Buffer => der(0xa0 | number, ...elements);

/** A non-negative integer given by its bytes, most significant first. */
export function derInteger(magnitude: Buffer): Buffer {
  // A set top bit would read as a minus.
  return (magnitude[0] ?? 0) >= 0x80 ? der(0x02, Buffer.from([0]), magnitude) : der(0x02, magnitude);
}

/** An object identifier in dotted form, `1.2.840.10045.4.3.2`. */
export function derObjectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc & 0x7f];
    for (let high = arc >>> 7; high > 0; high >>>= 7) groups.unshift((high & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

/** A point in time, to the second; two-digit years are for 1950 to 2049 only, so the long form is used after that. */
export function derTime(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replace(/[-:T]|\.\d+/g, '');
  return Number(digits.slice(0, 4)) < 2050
    ? der(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : der(0x18, Buffer.from(digits, 'latin1'));
}
