import { FilterError, filterErrors } from './errors.ts';
import { javaHashCode } from './tag-code.ts';

/** Subscribes to every message of a topic. */
export const SUBSCRIBE_ALL = '*';

/** A parsed tag expression. Immutable; made by `parseTagExpression`. */
export interface TagExpression {
  /** As it travels in subscriptions: the given text, or `*` for anything that means every message. */
  readonly text: string;
  /** Distinct tags in the order of the text; empty when every message matches. */
  readonly tags: ReadonlySet<string>;
  /** `javaHashCode` of each tag. */
  readonly codes: ReadonlySet<number>;
  readonly matchesEverything: boolean;
}

/**
 * Parses `TagA || TagB`. Missing, empty and `*` mean every message. Blanks around tags are dropped, also empty parts
 * between separators. Throws FilterError `EXPRESSION_WITHOUT_TAGS` when nothing is left (`||`).
 * Source: FilterAPI#buildSubscriptionData.
 */
export function parseTagExpression(text: string | undefined): TagExpression {
  if (text === undefined || text === '' || text === SUBSCRIBE_ALL) {
    return { text: SUBSCRIBE_ALL, tags: new Set(), codes: new Set(), matchesEverything: true };
  }
  const tags = new Set<string>();
  for (const part of text.split('||')) {
    const tag = part.trim();
    if (tag !== '') tags.add(tag);
  }
  if (tags.size === 0) {
    throw new FilterError(
      'EXPRESSION_WITHOUT_TAGS',
      `The subscription expression ${JSON.stringify(text)} names no tag. ${filterErrors.EXPRESSION_WITHOUT_TAGS.advice}`,
      { facts: { expression: text } },
    );
  }
  return { text, tags, codes: new Set(Array.from(tags, javaHashCode)), matchesEverything: false };
}

/**
 * What a broker can decide from a consume queue unit alone: false means the message surely does not match, true that it
 * may. `code` is the low 32 bits of the unit's tags code, signed. Source: ExpressionMessageFilter#isMatchedByConsumeQueue.
 */
export function mayMatch(expression: Pick<TagExpression, 'codes' | 'matchesEverything'>, code: number): boolean {
  return expression.matchesEverything || expression.codes.has(code);
}

/** The exact decision of the consumer: a message without a tag matches only an expression that takes everything. */
export function matchesTag(
  expression: Pick<TagExpression, 'tags' | 'matchesEverything'>,
  tag: string | undefined,
): boolean {
  return expression.matchesEverything || (tag !== undefined && expression.tags.has(tag));
}
