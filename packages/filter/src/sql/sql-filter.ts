import type { MessageFilter } from '../message-filter.ts';
import { type Condition, compile } from './compile.ts';
import { FAILED, FALSE, TRUE } from './outcome.ts';
import { parseSql } from './parser.ts';
import { positionOf } from './position.ts';
import type { PropertyValues } from './property-values.ts';

/** Conditions that one read of a queue asks at the most, so that a long expression does not hold up what else is to be done. */
const CONDITIONS_OF_A_READ = 1_000_000;

/** What an expression is for a message; FAILED: a value can't be compared, and the message does not match. */
export type SqlOutcome = 'TRUE' | 'FALSE' | 'UNKNOWN' | 'FAILED';

/**
 * A compiled SQL92 expression. It is asked about stored messages: only the properties that it names are looked at, where they
 * are, and nothing is made of them. A property without a value is missing. One object answers one question at a time.
 * Source: ExpressionMessageFilter, MessageEvaluationContext.
 */
export class SqlFilter implements MessageFilter {
  /** The expression as it was given. */
  readonly text: string;
  readonly maxRecords: number;
  /**
   * Where text begins that is behind the end of the expression, as `- 1` in `a - 1`: Apache's broker ignores it, and so does
   * this one. Both from 1 on; undefined: there is none.
   */
  readonly ignoredFrom: { readonly line: number; readonly column: number } | undefined;
  readonly #values: PropertyValues;
  readonly #condition: Condition;

  /** Throws FilterError `SQL_SYNTAX` and `SQL_TOO_COMPLEX`. */
  constructor(text: string) {
    const { expression, ignoredFrom } = parseSql(text);
    const { values, condition, cost } = compile(expression);
    this.text = text;
    this.ignoredFrom = ignoredFrom === undefined ? undefined : positionOf(text, ignoredFrom);
    this.maxRecords = Math.max(1, Math.floor(CONDITIONS_OF_A_READ / cost));
    this.#values = values;
    this.#condition = condition;
  }

  /** The unit of a queue says nothing about properties. */
  matchesUnit(): boolean {
    return true;
  }

  matchesRecord(bytes: Buffer, from: number, end: number): boolean {
    this.#values.locate(bytes, from, end);
    return this.#condition() === TRUE;
  }

  /** As `matchesRecord`, with what three-valued logic says. */
  evaluate(bytes: Buffer, from: number, end: number): SqlOutcome {
    this.#values.locate(bytes, from, end);
    const outcome = this.#condition();
    if (outcome === TRUE) return 'TRUE';
    if (outcome === FALSE) return 'FALSE';
    return outcome === FAILED ? 'FAILED' : 'UNKNOWN';
  }
}
