import { ExpressionType } from '@rocketmq-ts/protocol';
import { FilterError, filterErrors } from './errors.ts';
import { tagCode } from './tag-code.ts';

/** Subscribes to every message of a topic. */
export const SUBSCRIBE_ALL = '*';

/** No type means tags: clients before 4.1 named none. Source: ExpressionType#isTagType. */
export function isTagType(type: string): boolean {
  return type === '' || type === ExpressionType.TAG;
}

/** A parsed tag expression. Immutable; made by `parseTagExpression`. */
export interface TagExpression {
  /** As it travels in subscriptions: the given text, or `*` for anything that means every message. */
  readonly text: string;
  /** Distinct tags in the order of the text; empty when every message matches, or none. */
  readonly tags: ReadonlySet<string>;
  /** `tagCode` of each tag. */
  readonly codes: ReadonlySet<number>;
  readonly matchesEverything: boolean;
}

/** Java's `String.trim` removes U+0000 to U+0020 only; JavaScript's would also remove other blanks, e.g. U+3000. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that Java trims
const JAVA_BLANKS = /^[\u0000-\u0020]+|[\u0000-\u0020]+$/g;

/**
 * Parses `TagA || TagB` as brokers do. Missing, empty and `*` mean every message. Blanks around tags are dropped, also
 * empty parts between separators: a text such as `" "` names no tag, and no message matches it. Throws FilterError
 * `EXPRESSION_WITHOUT_TAGS` for a text of separators only (`||`). Source: FilterAPI#buildSubscriptionData.
 */
export function parseTagExpression(text: string | null | undefined): TagExpression {
  if (text === undefined || text === null || text === '' || text === SUBSCRIBE_ALL) {
    return { text: SUBSCRIBE_ALL, tags: new Set(), codes: new Set(), matchesEverything: true };
  }
  const parts = text.split('||');
  // Java's split drops empty parts at the end, so a text of separators only has no parts at all.
  if (parts.every((part) => part === '')) throw withoutTags(text);
  const tags = new Set<string>();
  for (const part of parts) {
    const tag = javaTrim(part);
    if (tag !== '') tags.add(tag);
  }
  return { text, tags, codes: new Set(Array.from(tags, tagCode)), matchesEverything: false };
}

/**
 * As `parseTagExpression`, for a subscriber: throws FilterError `EXPRESSION_WITHOUT_TAGS` for every text that names no tag,
 * since a subscription that never gets a message is a mistake.
 */
export function parseSubscribedTags(text: string | null | undefined): TagExpression {
  const expression = parseTagExpression(text);
  if (!expression.matchesEverything && expression.tags.size === 0) throw withoutTags(expression.text);
  return expression;
}

/** The text without Java's blanks at its ends: what a tag expression makes of a tag. Source: String#trim. */
export function javaTrim(text: string): string {
  return text.replace(JAVA_BLANKS, '');
}

function withoutTags(text: string): FilterError {
  return new FilterError(
    'EXPRESSION_WITHOUT_TAGS',
    `The subscription expression ${JSON.stringify(text)} names no tag. ${filterErrors.EXPRESSION_WITHOUT_TAGS.advice}`,
    { facts: { expression: text } },
  );
}

/** The exact decision of the consumer: a message without a tag matches only an expression that takes everything. */
export function matchesTag(expression: TagExpression, tag: string | undefined): boolean {
  return expression.matchesEverything || (tag !== undefined && expression.tags.has(tag));
}
