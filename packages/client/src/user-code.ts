/** What a function without a return statement returns. */
// biome-ignore lint/suspicious/noConfusingVoidType: a listener without a return statement must fit
export type Nothing = undefined | void;
/** A status, nothing, or the promise of either. */
export type ListenerAnswer<Status> = Status | Nothing | Promise<Status | Nothing>;

/**
 * A function of yours that takes these arguments and answers with a status, nothing, or the promise of either. Its two parts say
 * the same to its caller.
 */
// TypeScript takes `async () => 'SUCCESS'` for the promise of any string where the wanted result may be other than a promise. It
// looks only at the first part here, since the second one has a signature with a type parameter.
export type UserFunction<Arguments extends readonly unknown[], Status> =
  | ((...call: Arguments) => Promise<Status | Nothing> | (Promise<Status | Nothing> & Status))
  | {
      (...call: Arguments): ListenerAnswer<Status>;
      <_>(...call: Arguments): ListenerAnswer<Status>;
    };

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
