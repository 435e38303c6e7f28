import { randomBytes } from 'node:crypto';
import type { Random } from '../random.ts';

/** The system's randomness: `bytes` is fit for secrets, `below` is fast and is not. */
export const nodeRandom: Random = {
  below: (bound) => Math.floor(Math.random() * bound),
  bytes: (count) => randomBytes(count),
};
