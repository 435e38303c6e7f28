import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';

/** Why a subscription expression is refused. */
export type FilterErrorCode = 'EXPRESSION_WITHOUT_TAGS' | 'SQL_SYNTAX' | 'SQL_TOO_COMPLEX';

/** Code → what it means, whether the same text may work later, and what to do. docs/errors.md is made from it. */
export const filterErrors = {
  EXPRESSION_WITHOUT_TAGS: {
    meaning: 'A tag expression consists of separators and blanks only, so that it names no tag.',
    retryable: false,
    advice: "Name at least one tag, e.g. 'TagA || TagB', or use '*' for every message.",
  },
  SQL_SYNTAX: {
    meaning: 'An SQL92 expression is not one; the message begins with the line and column of the place.',
    retryable: false,
    advice: 'Correct the expression at that place; docs/filters.md has the grammar.',
  },
  SQL_TOO_COMPLEX: {
    meaning: 'An SQL92 expression is too long, or its parts are nested too deep.',
    retryable: false,
    advice: "Use IN for lists of values, e.g. region IN ('EU', 'US'), and fewer parentheses.",
  },
} as const satisfies Record<FilterErrorCode, ErrorEntry>;

/**
 * An expression that is refused; `facts.expression` is its text, and `facts.line` and `facts.column` (both from 1 on) the
 * place in an SQL92 expression.
 */
export class FilterError extends CodedError<FilterErrorCode> {}
