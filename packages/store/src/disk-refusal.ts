import { asError, systemErrorCode } from '@rocketmq-ts/kernel';

/**
 * What the system says when it lacks room, handles or the leave to write, in plain words. Nothing was harmed by such a
 * refusal: what was written before stays, and the same call succeeds once somebody has made room.
 */
const PASSING: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EMFILE: 'this process has no file handle left',
  ENFILE: 'the system has no file handle left',
};

/**
 * True for a refusal to write, open or make a file that passes by itself when room is made. Everything else (EIO, and what
 * nobody knows) leaves in doubt what the file holds. Not to be asked of a failed sync, which is always in doubt.
 */
export function isPassing(error: unknown): boolean {
  return Object.hasOwn(PASSING, systemErrorCode(error) ?? '');
}

/** The refusal in plain words, with the system's code and where it says so the file. */
export function refusalText(error: unknown): string {
  const code = systemErrorCode(error);
  const words = code === undefined ? undefined : PASSING[code];
  if (words === undefined || code === undefined) return asError(error).message;
  return `${words} (${code}${pathOf(error)})`;
}

function pathOf(error: unknown): string {
  const path = (error as { path?: unknown }).path;
  return typeof path === 'string' ? `, ${path}` : '';
}
