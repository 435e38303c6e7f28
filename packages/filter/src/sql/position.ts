import { FilterError, type FilterErrorCode } from '../errors.ts';

/** Longest part of an expression that a message quotes. */
const QUOTED_CHARACTERS = 40;

/** Line and column of a place in an expression, both from 1 on; a column is a UTF-16 code unit, a tab too. */
export function positionOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, at).split(/\r\n|\n|\r/);
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

function sqlError(code: FilterErrorCode, expression: string, at: number, problem: string): FilterError {
  const { line, column } = positionOf(expression, at);
  const rest = expression.slice(at, at + QUOTED_CHARACTERS);
  const place = rest === '' ? 'at its end' : `at ${JSON.stringify(rest)}`;
  const message = `line ${line}, column ${column} of the SQL92 expression, ${place}: ${problem}`;
  const shown = expression.slice(0, 1000);
  return new FilterError(code, message, { facts: { expression: shown, line, column } });
}

export function sqlSyntaxError(expression: string, at: number, problem: string): FilterError {
  return sqlError('SQL_SYNTAX', expression, at, problem);
}

export function sqlTooComplex(expression: string, at: number, problem: string): FilterError {
  return sqlError('SQL_TOO_COMPLEX', expression, at, problem);
}
