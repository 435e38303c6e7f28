import { ExpressionType } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';

/** Which messages of a topic a consumer wants. Made by `sql` and `tag`. Source: MessageSelector. */
export interface MessageSelector {
  readonly type: 'TAG' | 'SQL92';
  readonly expression: string;
}

/**
 * Messages whose properties match an SQL92 expression, as `sql("price > 10 AND region = 'EU'")`. Brokers compile it: a mistake
 * in it is reported by `start`. docs/filters.md has the grammar. Throws ClientError `OPTION_ILLEGAL` for an empty text.
 */
export function sql(expression: string): MessageSelector {
  if (typeof expression !== 'string' || expression.trim() === '') {
    throw new ClientError('OPTION_ILLEGAL', `The SQL92 expression is ${JSON.stringify(expression)}, not a condition.`, {
      facts: { option: 'expression' },
    });
  }
  return { type: ExpressionType.SQL92, expression };
}

/** Messages with one of some tags, as `tag('TagA || TagB')`; the same as the text alone. */
export function tag(expression: string): MessageSelector {
  return { type: ExpressionType.TAG, expression };
}

/** Throws ClientError `OPTION_ILLEGAL` for what is no expression. */
export function requireExpression(topic: string, expression: unknown): void {
  if (expression === undefined || typeof expression === 'string' || isSelector(expression)) return;
  const text = `The expression for topic ${topic} is ${String(expression)}, neither a text nor made by \`sql\` or \`tag\`.`;
  throw new ClientError('OPTION_ILLEGAL', text, { facts: { option: 'expression', topic } });
}

function isSelector(value: unknown): value is MessageSelector {
  const given = value as Partial<MessageSelector> | null | undefined;
  return typeof given?.expression === 'string' && (given.type === 'TAG' || given.type === 'SQL92');
}
