import { parseJavaLong } from '@rocketmq-ts/protocol';
import { type Constant, compareConstants, FALSE_CONSTANT, isNumber, NULL_CONSTANT, TRUE_CONSTANT } from './constant.ts';
import {
  type BooleanExpression,
  type Expression,
  isBoolean,
  isBooleanConstant,
  type Order,
  type Search,
} from './expression.ts';
import { Lexer, type Token, type TokenKind } from './lexer.ts';
import { positionOf, sqlSyntaxError, sqlTooComplex } from './position.ts';

/** Longest expression, in UTF-16 code units. */
const SQL_MAX_CHARACTERS = 1 << 19;
/** Parentheses, NOT and signs within each other, and comparisons of comparisons. */
const SQL_MAX_DEPTH = 500;

interface ParsedSql {
  readonly expression: BooleanExpression;
  /** Where text begins that is behind the end of the expression; undefined where there is none. */
  readonly ignoredFrom: number | undefined;
}

/**
 * Parses an SQL92 expression as Apache's broker does: what that takes is taken, also a text behind the end of the expression, and
 * what that refuses is refused. Throws FilterError `SQL_SYNTAX` and `SQL_TOO_COMPLEX`. Source: SelectorParser.jj.
 */
export function parseSql(text: string): ParsedSql {
  if (text.length > SQL_MAX_CHARACTERS) {
    const problem = `the expression has ${text.length} characters, ${SQL_MAX_CHARACTERS} is the most`;
    throw sqlTooComplex(text, SQL_MAX_CHARACTERS, problem);
  }
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #lexer: Lexer;
  #nesting = 0;

  constructor(text: string) {
    this.#text = text;
    this.#lexer = new Lexer(text);
  }

  parse(): ParsedSql {
    const expression = this.#asBoolean(this.#or());
    const { kind, at } = this.#lexer.peek();
    return { expression, ignoredFrom: kind === 'END' ? undefined : at };
  }

  #or(): Expression {
    const first = this.#and();
    if (this.#lexer.peek().kind !== 'OR') return first;
    const operands = [this.#asBoolean(first)];
    while (this.#takeIf('OR')) operands.push(this.#asBoolean(this.#and()));
    return this.#chain('or', operands);
  }

  #and(): Expression {
    const first = this.#equality();
    if (this.#lexer.peek().kind !== 'AND') return first;
    const operands = [this.#asBoolean(first)];
    while (this.#takeIf('AND')) operands.push(this.#asBoolean(this.#equality()));
    return this.#chain('and', operands);
  }

  #chain(kind: 'and' | 'or', operands: readonly BooleanExpression[]): BooleanExpression {
    let depth = 0;
    for (const operand of operands) depth = Math.max(depth, operand.depth);
    return this.#checked({ kind, operands, at: operands[0]!.at, depth: depth + 1 });
  }

  #equality(): Expression {
    let left = this.#comparison();
    for (;;) {
      const { kind, at } = this.#lexer.peek();
      if (kind === '=' || kind === '<>') {
        this.#lexer.take();
        left = this.#equal(left, this.#comparison(), kind === '<>', at);
      } else if (kind === 'IS') {
        this.#lexer.take();
        const not = this.#takeIf('NOT');
        this.#expect('NULL', not ? 'NULL' : 'NULL or NOT NULL');
        const isNull = this.#checked({ kind: 'isNull', operand: left, at: left.at, depth: left.depth + 1 });
        left = not ? this.#negation(isNull) : isNull;
      } else return left;
    }
  }

  #equal(left: Expression, right: Expression, not: boolean, at: number): BooleanExpression {
    for (const operand of [left, right]) {
      if (operand.kind === 'constant' && operand.value.type === 'NULL') {
        throw this.#problem(operand.at, 'NULL is equal to nothing; write IS NULL or IS NOT NULL');
      }
    }
    if (left.kind === 'constant' && right.kind === 'constant') {
      if (isBooleanConstant(left.value) && !isBooleanConstant(right.value)) {
        throw this.#problem(at, 'a boolean is compared with a number or a text');
      }
    }
    const depth = Math.max(left.depth, right.depth) + 1;
    const equal = this.#checked({ kind: 'equal', left, right, at: left.at, depth });
    return not ? this.#negation(equal) : equal;
  }

  #comparison(): Expression {
    let left = this.#unary();
    for (;;) {
      const { kind, at } = this.#lexer.peek();
      if (kind === '>' || kind === '>=' || kind === '<' || kind === '<=') {
        this.#lexer.take();
        left = this.#order(left, kind, this.#unary());
      } else if (kind === 'NOT' || isPredicate(kind)) {
        const not = this.#takeIf('NOT');
        const predicate = this.#lexer.peek();
        if (!isPredicate(predicate.kind)) {
          throw this.#unexpected(predicate, 'BETWEEN, IN, CONTAINS, STARTSWITH or ENDSWITH behind NOT');
        }
        this.#lexer.take();
        left = this.#predicate(left, predicate.kind, not, at);
      } else return left;
    }
  }

  #predicate(left: Expression, kind: Predicate, not: boolean, at: number): BooleanExpression {
    if (kind === 'BETWEEN') return this.#between(left, not, at);
    if (kind === 'IN') return this.#in(left, not, at);
    const { text } = this.#expect('TEXT', `a text in single quotes behind ${kind}`);
    return this.#checked({
      kind: 'search',
      search: kind,
      operand: left,
      text,
      not,
      at: left.at,
      depth: left.depth + 1,
    });
  }

  #between(value: Expression, not: boolean, at: number): BooleanExpression {
    const low = this.#unary();
    this.#expect('AND', 'AND and the upper bound of BETWEEN');
    const high = this.#unary();
    const operands = not
      ? [this.#order(value, '<', low), this.#order(value, '>', high)]
      : [this.#order(value, '>=', low), this.#order(value, '<=', high)];
    if (!not && low.kind === 'constant' && high.kind === 'constant') {
      const order = compareConstants(high.value, low.value);
      if (order === undefined || order < 0) {
        throw this.#problem(at, 'the lower bound of BETWEEN is above the upper one');
      }
    }
    return this.#chain(not ? 'or' : 'and', operands);
  }

  #in(left: Expression, not: boolean, at: number): BooleanExpression {
    const texts: string[] = [];
    this.#expect('(', 'a list of texts in parentheses behind IN');
    do texts.push(this.#expect('TEXT', 'a text in single quotes').text);
    while (this.#takeIf(','));
    this.#expect(')', "',' or ')'");
    if (left.kind !== 'property') throw this.#problem(at, 'only a property can be IN a list');
    return this.#checked({ kind: 'in', name: left.name, texts, not, at: left.at, depth: left.depth + 1 });
  }

  #order(left: Expression, order: Order, right: Expression): BooleanExpression {
    for (const operand of [left, right]) {
      if (operand.kind === 'constant' ? isNumber(operand.value) : !isBoolean(operand)) continue;
      throw this.#problem(
        operand.at,
        `only numbers and properties have an order, so that '${order}' can't compare this`,
      );
    }
    const depth = Math.max(left.depth, right.depth) + 1;
    return this.#checked({ kind: 'order', order, left, right, at: left.at, depth });
  }

  #unary(): Expression {
    const token = this.#lexer.peek();
    if (token.kind === '+' || token.kind === '-' || token.kind === 'NOT') {
      this.#lexer.take();
      this.#enter(token.at);
      const operand = this.#unary();
      this.#nesting -= 1;
      if (token.kind === '+') return operand;
      if (token.kind === 'NOT') return this.#negation(this.#asBoolean(operand), token.at);
      return this.#checked({ kind: 'negate', operand, at: token.at, depth: operand.depth + 1 });
    }
    return this.#primary();
  }

  #primary(): Expression {
    const token = this.#lexer.peek();
    if (token.kind === '(') {
      this.#lexer.take();
      this.#enter(token.at);
      const inner = this.#or();
      this.#nesting -= 1;
      const { kind, at } = this.#lexer.peek();
      if (kind !== ')') {
        const { line, column } = positionOf(this.#text, token.at);
        throw this.#problem(at, `expected ')' for the '(' in line ${line}, column ${column}, or an operator`);
      }
      this.#lexer.take();
      return inner;
    }
    if (token.kind === 'NAME') {
      this.#lexer.take();
      return { kind: 'property', name: token.text, at: token.at, depth: 1 };
    }
    const value = this.#literal(token);
    this.#lexer.take();
    return { kind: 'constant', value, at: token.at, depth: 1 };
  }

  #literal({ kind, text, at }: Token): Constant {
    switch (kind) {
      case 'TEXT':
        return { type: 'TEXT', value: text };
      case 'INTEGER':
        return this.#integer(text, at);
      case 'FLOAT':
        return this.#float(text, at);
      case 'TRUE':
        return TRUE_CONSTANT;
      case 'FALSE':
        return FALSE_CONSTANT;
      case 'NULL':
        return NULL_CONSTANT;
      default:
        throw this.#unexpected({ kind, text, at }, 'a property, a number, a text in single quotes, TRUE, FALSE or (');
    }
  }

  /** Source: ConstantExpression#createFromDecimal. */
  #integer(text: string, at: number): Constant {
    const value = parseJavaLong(text.replace(/[lL]$/, ''));
    if (value === undefined) throw this.#problem(at, 'the number is beyond 64 bits');
    if (value > 2147483647n) return { type: 'LONG', value };
    return { type: 'INT', value: Number(value) };
  }

  /** Zero is refused, as it is not above the smallest double. Source: ConstantExpression#createFloat. */
  #float(text: string, at: number): Constant {
    const value = Number(text);
    if (!Number.isFinite(value)) throw this.#problem(at, `the number is greater than ${Number.MAX_VALUE}`);
    if (value < Number.MIN_VALUE)
      throw this.#problem(at, `the number is less than ${Number.MIN_VALUE}; write 0 for zero`);
    return { type: 'DOUBLE', value };
  }

  #negation(operand: BooleanExpression, at = operand.at): BooleanExpression {
    return this.#checked({ kind: 'not', operand, at, depth: operand.depth + 1 });
  }

  /** Source: SelectorParser#asBooleanExpression. */
  #asBoolean(expression: Expression): BooleanExpression {
    if (isBoolean(expression)) return expression;
    const { at, depth } = expression;
    if (expression.kind === 'property')
      return this.#checked({ kind: 'cast', name: expression.name, at, depth: depth + 1 });
    throw this.#problem(at, 'this is a value where a condition is wanted; compare it with something');
  }

  #enter(at: number): void {
    this.#nesting += 1;
    if (this.#nesting > SQL_MAX_DEPTH) throw this.#tooDeep(at);
  }

  #checked<T extends Expression>(expression: T): T {
    if (expression.depth > SQL_MAX_DEPTH) throw this.#tooDeep(expression.at);
    return expression;
  }

  #takeIf(kind: TokenKind): boolean {
    if (this.#lexer.peek().kind !== kind) return false;
    this.#lexer.take();
    return true;
  }

  #expect(kind: TokenKind, what: string): Token {
    const token = this.#lexer.peek();
    if (token.kind !== kind) throw this.#unexpected(token, what);
    return this.#lexer.take();
  }

  #unexpected({ at }: Token, wanted: string): Error {
    return sqlSyntaxError(this.#text, at, `expected ${wanted}`);
  }

  #problem(at: number, problem: string): Error {
    return sqlSyntaxError(this.#text, at, problem);
  }

  #tooDeep(at: number): Error {
    return sqlTooComplex(this.#text, at, `parts of the expression are nested deeper than ${SQL_MAX_DEPTH}`);
  }
}

type Predicate = 'BETWEEN' | 'IN' | Search;

function isPredicate(kind: TokenKind): kind is Predicate {
  switch (kind) {
    case 'BETWEEN':
    case 'IN':
    case 'CONTAINS':
    case 'STARTSWITH':
    case 'ENDSWITH':
      return true;
    default:
      return false;
  }
}
