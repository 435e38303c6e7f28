import { scrypt, timingSafeEqual } from 'node:crypto';
import type { Random } from '@rocketmq-ts/kernel';

/** 16 MiB and some tens of milliseconds for one guess. */
const COST = { N: 16_384, r: 8, p: 1 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;
/** What a file may ask for at the most: beyond it a line of the file could stop the process. */
const MAX_MEMORY = 256 * 1024 * 1024;
/** Longer ones are not passwords. */
export const MAX_PASSWORD_LENGTH = 1024;

const HASH = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([\w-]{16,})\$([\w-]{20,})$/;

/** Whether what a file has in place of a password is a hash and not the password itself. */
export function isHash(stored: string): boolean {
  return HASH.test(stored);
}

/** What a file may keep in place of a password: `scrypt$16384$8$1$<salt>$<hash>`. */
export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = random.bytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, COST);
  return `scrypt$${COST.N}$${COST.r}$${COST.p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

/** Whether a password is the stored one, which is a hash or, as in Apache's files, the password itself. */
export async function isPassword(given: string, stored: string): Promise<boolean> {
  if (given.length > MAX_PASSWORD_LENGTH) return false;
  const found = HASH.exec(stored);
  if (found === null) return isSamePassword(given, stored);
  const [, N, r, p, salt, hash] = found;
  const wanted = Buffer.from(hash!, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return timingSafeEqual(await derive(given, Buffer.from(salt!, 'base64url'), wanted.length, cost), wanted);
}

/** Takes as long as a right name with a wrong password, so that the time does not show which names exist. */
export async function spendGuess(given: string): Promise<void> {
  await derive(given.slice(0, MAX_PASSWORD_LENGTH), Buffer.alloc(SALT_BYTES), HASH_BYTES, COST);
}

/** Whether both are the same, in a time that shows nothing of where they differ. */
export async function isSamePassword(given: string, stored: string): Promise<boolean> {
  const salt = Buffer.alloc(SALT_BYTES);
  const [left, right] = await Promise.all([given, stored].map((text) => derive(text, salt, HASH_BYTES, COST)));
  return timingSafeEqual(left!, right!);
}

function derive(password: string, salt: Buffer, length: number, cost: typeof COST): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // One password may be written in two ways in Unicode.
    scrypt(password.normalize('NFKC'), salt, length, { ...cost, maxmem: MAX_MEMORY }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
