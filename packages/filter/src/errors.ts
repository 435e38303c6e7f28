import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';

/** Why a subscription expression is refused. */
export type FilterErrorCode = 'EXPRESSION_WITHOUT_TAGS';

/** Code → what it means, whether the same text may work later, and what to do. docs/errors.md is made from it. */
export const filterErrors = {
  EXPRESSION_WITHOUT_TAGS: {
    meaning: 'A tag expression consists of separators and blanks only, so that it names no tag.',
    retryable: false,
    advice: "Name at least one tag, e.g. 'TagA || TagB', or use '*' for every message.",
  },
} as const satisfies Record<FilterErrorCode, ErrorEntry>;

/** An expression that is refused; `facts.expression` is its text. */
export class FilterError extends CodedError<FilterErrorCode> {}
