const MASK = (1n << 64n) - 1n;
const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

/** The first 64 bits of MurmurHash3 x64 128 with seed 0, as Guava's `asLong`. For names, not for messages: it takes microseconds. */
export function murmur3First64(bytes: Buffer): bigint {
  let h1 = 0n;
  let h2 = 0n;
  const blocks = bytes.length >> 4;
  for (let i = 0; i < blocks; i++) {
    h1 ^= mixed1(bytes.readBigUInt64LE(i * 16));
    h1 = (rotated(h1, 27n) + h2) & MASK;
    h1 = (h1 * 5n + 0x52dce729n) & MASK;
    h2 ^= mixed2(bytes.readBigUInt64LE(i * 16 + 8));
    h2 = (rotated(h2, 31n) + h1) & MASK;
    h2 = (h2 * 5n + 0x38495ab5n) & MASK;
  }
  const tail = Buffer.alloc(16);
  bytes.copy(tail, 0, blocks * 16);
  // A part of zeros mixes to zero and changes nothing.
  h1 ^= mixed1(tail.readBigUInt64LE(0));
  h2 ^= mixed2(tail.readBigUInt64LE(8));
  const length = BigInt(bytes.length);
  h1 ^= length;
  h2 ^= length;
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  return (finished(h1) + finished(h2)) & MASK;
}

function mixed1(word: bigint): bigint {
  return (rotated((word * C1) & MASK, 31n) * C2) & MASK;
}

function mixed2(word: bigint): bigint {
  return (rotated((word * C2) & MASK, 33n) * C1) & MASK;
}

function rotated(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (64n - bits))) & MASK;
}

function finished(word: bigint): bigint {
  let hash = word;
  hash ^= hash >> 33n;
  hash = (hash * 0xff51afd7ed558ccdn) & MASK;
  hash ^= hash >> 33n;
  hash = (hash * 0xc4ceb9fe1a85ec53n) & MASK;
  return hash ^ (hash >> 33n);
}
