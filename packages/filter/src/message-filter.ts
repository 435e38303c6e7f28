import type { SubscriptionData } from '@rocketmq-ts/protocol';
import { parseTagExpression, SUBSCRIBE_ALL } from './tag-expression.ts';

/**
 * What a reader of a queue wants, in two stages: the queue's unit is asked before the record is read, the record after it
 * was found. Made by `compileSubscription` and `compileExpression`; undefined: every message is wanted.
 * Source: MessageFilter, ExpressionMessageFilter.
 */
export interface MessageFilter {
  /** False: the message surely does not match. `tagsCode` is the low 32 bits of the unit's tags code, signed. */
  matchesUnit(tagsCode: number): boolean;
  /**
   * The record's property text lies in `bytes` from `from` up to `end`, lent for this call: read it in place, with
   * `findProperty`. Must not throw. Left out where the unit decides.
   */
  matchesRecord?(bytes: Buffer, from: number, end: number): boolean;
  /** Records that one read asks it about at the most, where each takes long. */
  readonly maxRecords?: number;
}

/**
 * By tags codes alone: two tags may share a code, so consumers compare the tags of what they get.
 * Source: ExpressionMessageFilter#isMatchedByConsumeQueue.
 */
class TagFilter implements MessageFilter {
  readonly #codes: ReadonlySet<number>;

  constructor(codes: ReadonlySet<number>) {
    this.#codes = codes;
  }

  matchesUnit(tagsCode: number): boolean {
    return this.#codes.has(tagsCode);
  }
}

const compiled = new WeakMap<SubscriptionData, MessageFilter>();

/**
 * The filter of a registered subscription of tags, made once for each object. Only `*` passes everything. Codes count, not
 * the text: without a code nothing matches.
 */
export function compileSubscription(subscription: SubscriptionData): MessageFilter | undefined {
  if (subscription.classFilterMode || subscription.subString === SUBSCRIBE_ALL) return undefined;
  let filter = compiled.get(subscription);
  if (filter === undefined) {
    filter = new TagFilter(new Set(subscription.codeSet));
    compiled.set(subscription, filter);
  }
  return filter;
}

/** The filter of a tag expression that a request brings along. Throws FilterError `EXPRESSION_WITHOUT_TAGS`. */
export function compileExpression(text: string | null | undefined): MessageFilter | undefined {
  const { matchesEverything, codes } = parseTagExpression(text);
  return matchesEverything ? undefined : new TagFilter(codes);
}
