import type { RocketmqClientOptions } from './options.ts';

/** What keeps clients of one producer group in one process apart. */
export interface ClientPlace {
  readonly options: { readonly unitName?: string };
  /** Another client may have the place. */
  release(): void;
}

/** By producer group. */
const taken = new Map<string, Set<number>>();

/**
 * A client id has one producer of each group, but modules of one application often register a client each with the same options: all
 * but the first get a client id of their own, with `nest-2` and so on as its third part, unless the options name a part of it.
 */
export function takePlace(options: RocketmqClientOptions): ClientPlace {
  const { producerGroup, instanceName, unitName, namesrvDomain } = options;
  if (instanceName !== undefined || unitName !== undefined || namesrvDomain !== undefined)
    return { options: {}, release: () => {} };
  const numbers = taken.get(producerGroup) ?? new Set();
  taken.set(producerGroup, numbers);
  let number = 1;
  while (numbers.has(number)) number++;
  numbers.add(number);
  return {
    options: number === 1 ? {} : { unitName: `nest-${number}` },
    release: () => void numbers.delete(number),
  };
}
