import type { Constant } from './constant.ts';

export type Order = '>' | '>=' | '<' | '<=';
export type Search = 'CONTAINS' | 'STARTSWITH' | 'ENDSWITH';

/**
 * A parsed expression. `at` is where it begins in the text, `depth` the length of its longest path down. `BETWEEN`, `<>` and
 * `IS NOT NULL` are made of the others, as in Apache's parser; parentheses leave nothing. A chain of AND or of OR is one
 * expression, so that its length adds no depth. Source: org.apache.rocketmq.filter.expression.
 */
export type Expression = ValueExpression | BooleanExpression;

/** What is no boolean expression in Apache's parser. Literals of booleans and NULL are both. */
type ValueExpression =
  | (Place & { readonly kind: 'property'; readonly name: string })
  | (Place & { readonly kind: 'constant'; readonly value: Constant })
  | (Place & { readonly kind: 'negate'; readonly operand: Expression });

export type BooleanExpression =
  | (Place & { readonly kind: 'constant'; readonly value: Constant })
  | (Place & { readonly kind: 'cast'; readonly name: string })
  | (Place & { readonly kind: 'not'; readonly operand: BooleanExpression })
  | (Place & { readonly kind: 'and' | 'or'; readonly operands: readonly BooleanExpression[] })
  | (Place & { readonly kind: 'order'; readonly order: Order; readonly left: Expression; readonly right: Expression })
  | (Place & { readonly kind: 'equal'; readonly left: Expression; readonly right: Expression })
  | (Place & { readonly kind: 'isNull'; readonly operand: Expression })
  | (Place & { readonly kind: 'in'; readonly name: string; readonly texts: readonly string[]; readonly not: boolean })
  | (Place & {
      readonly kind: 'search';
      readonly search: Search;
      readonly operand: Expression;
      readonly text: string;
      readonly not: boolean;
    });

export interface Place {
  readonly at: number;
  readonly depth: number;
}

/** True for what Apache's parser takes where a boolean is wanted, without a cast. */
export function isBoolean(expression: Expression): expression is BooleanExpression {
  if (expression.kind === 'constant') return isBooleanConstant(expression.value);
  return expression.kind !== 'property' && expression.kind !== 'negate';
}

/** Source: BooleanConstantExpression. */
export function isBooleanConstant(value: Constant): boolean {
  return value.type === 'BOOLEAN' || value.type === 'NULL';
}
