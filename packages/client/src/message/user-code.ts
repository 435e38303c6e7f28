/** Whether it is a promise; then nobody waits for it, so that what it rejects with is no unhandled rejection. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || typeof value !== 'object' || !('then' in value) || typeof value.then !== 'function')
    return false;
  value.then(undefined, () => {});
  return true;
}

/** Why user code threw; it may throw any value. */
export function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return 'what it threw cannot be printed';
  }
}
