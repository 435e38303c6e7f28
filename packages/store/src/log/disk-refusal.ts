import { asError, systemErrorCode } from '@rocketmq-ts/kernel';

/**
 * What the system reports when it lacks room, handles, memory or the permission to write, in plain words. Nothing was harmed by such
 * a refusal: what was written before stays, and the same call succeeds once the cause has passed.
 */
const PASSING: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'this process may not make files that large',
  EROFS: 'the file system is read-only',
  EMFILE: 'this process has no file handle left',
  ENFILE: 'the system has no file handle left',
  ENOMEM: 'the system has no memory left',
  EAGAIN: 'the system is out of resources for the moment',
};

/** No further handle: some that are not in use are closed before the call is made again. */
const OUT_OF_HANDLES: readonly string[] = ['EMFILE', 'ENFILE'];

/** Refusals to open a file for writing that leave reading possible. */
const READABLE_STILL: readonly string[] = ['EROFS', 'EACCES', 'EPERM'];

/**
 * True for a refusal to write, open or make a file that passes with its cause; judged by the error's name or
 * number (see `systemErrorCode`). Everything else (EIO, and what is not known) leaves in doubt what the file holds. Not to be
 * used for a failed sync, which is always in doubt; opening a file in order to sync it is no sync yet.
 */
export function isPassing(error: unknown): boolean {
  return Object.hasOwn(PASSING, systemErrorCode(error) ?? '');
}

export function isOutOfHandles(error: unknown): boolean {
  return OUT_OF_HANDLES.includes(systemErrorCode(error) ?? '');
}

export function isReadableStill(error: unknown): boolean {
  return READABLE_STILL.includes(systemErrorCode(error) ?? '');
}

/** The refusal in plain words, with the system's code and, where the error has it, the file. */
export function refusalText(error: unknown): string {
  const code = systemErrorCode(error);
  const words = code === undefined ? undefined : PASSING[code];
  if (words === undefined || code === undefined) return asError(error).message;
  return `${words} (${code}${pathOf(error)})`;
}

function pathOf(error: unknown): string {
  const { path, facts } = error as { path?: unknown; facts?: { path?: unknown } };
  const found = path ?? facts?.path;
  return typeof found === 'string' ? `, ${found}` : '';
}
