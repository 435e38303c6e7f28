import { CodedError } from '@rocketmq-ts/kernel';

/** Why a subscription expression is refused. */
export type FilterErrorCode = 'EXPRESSION_WITHOUT_TAGS';

/** Code → what it means, whether the same text may work later, and what to do. Held against docs/errors.md by a test. */
export const filterErrors = {
  EXPRESSION_WITHOUT_TAGS: {
    meaning: 'A tag expression consists of separators only and names no tag.',
    retryable: false,
    advice: "Name at least one tag, e.g. 'TagA || TagB', or use '*' for every message.",
  },
} as const satisfies Record<FilterErrorCode, { meaning: string; retryable: boolean; advice: string }>;

export class FilterError extends CodedError<FilterErrorCode> {}
