/**
 * Whether user code that is to answer at once gave a promise. Nobody waits for that: what it rejects with is no unhandled
 * rejection. Never throws.
 */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (value === null || typeof value !== 'object') return false;
  try {
    const { then } = value as { readonly then?: unknown };
    if (typeof then !== 'function') return false;
    then.call(value, undefined, () => {});
    return true;
  } catch {
    // Its `then` is its own, and throws.
    return true;
  }
}

/** Why user code threw; it may throw any value. */
export function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return 'what it threw cannot be printed';
  }
}
