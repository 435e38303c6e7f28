import { parseJavaBoolean } from '@rocketmq-ts/protocol';
import { type Constant, compareConstants, isNumber, NULL_CONSTANT, type NumberConstant } from './constant.ts';
import type { BooleanExpression, Expression, Order } from './expression.ts';
import { FAILED, FALSE, type Outcome, outcomeOf, TRUE, UNKNOWN } from './outcome.ts';
import { PropertyValues } from './property-values.ts';
import { equalsText, finds, findsDecoded, isOneOf, type TextTest } from './text-match.ts';
import { compareDouble, compareInt, compareLong, compareProperties, NOT_A_NUMBER, sameText } from './value-reader.ts';

/** A condition, asked of the message whose properties were located last. */
export type Condition = () => Outcome;

/** A value of that message; undefined where Apache's broker throws. */
type Value = () => Constant | undefined;

interface CompiledSql {
  readonly values: PropertyValues;
  readonly condition: Condition;
  /** Conditions that one evaluation may ask. */
  readonly cost: number;
}

/** Makes functions of an expression, once: what a message is asked then are comparisons of bytes and numbers. */
export function compile(expression: BooleanExpression): CompiledSql {
  const names = new Set<string>();
  collectNames(expression, names);
  const compiler = new Compiler(new PropertyValues([...names]));
  const condition = compiler.condition(expression);
  return { values: compiler.values, condition, cost: compiler.cost };
}

function collectNames(expression: Expression, names: Set<string>): void {
  switch (expression.kind) {
    case 'property':
    case 'cast':
    case 'in':
      names.add(expression.name);
      return;
    case 'constant':
      return;
    case 'and':
    case 'or':
      for (const operand of expression.operands) collectNames(operand, names);
      return;
    case 'order':
    case 'equal':
      collectNames(expression.left, names);
      collectNames(expression.right, names);
      return;
    default:
      collectNames(expression.operand, names);
  }
}

class Compiler {
  readonly values: PropertyValues;
  cost = 0;
  readonly #slots: ReadonlyMap<string, number>;

  constructor(values: PropertyValues) {
    this.values = values;
    this.#slots = new Map(values.names.map((name, i) => [name, i]));
  }

  condition(expression: BooleanExpression): Condition {
    this.cost += 1;
    switch (expression.kind) {
      case 'constant':
        return constantCondition(expression.value);
      case 'cast':
        // A property is a text, and no text is a boolean. Source: UnaryExpression#createBooleanCast.
        return this.#ofText(expression.name, UNKNOWN, () => false);
      case 'not':
        return not(this.condition(expression.operand));
      case 'and':
      case 'or':
        return this.#chain(expression.kind, flat(expression.kind, expression.operands));
      case 'order':
        return this.#order(expression.order, expression.left, expression.right);
      case 'equal':
        return this.#equal(expression.left, expression.right);
      case 'isNull':
        return this.#isNull(expression.operand);
      case 'in': {
        const { name, texts, not: isNot } = expression;
        const test = isOneOf(texts);
        return this.#ofText(name, UNKNOWN, isNot ? (values, slot) => !test(values, slot) : test);
      }
      case 'search':
        return this.#search(expression);
    }
  }

  #chain(kind: 'and' | 'or', operands: readonly BooleanExpression[]): Condition {
    const conditions = operands.map((operand) => this.condition(operand));
    return kind === 'and' ? and(conditions) : or(conditions);
  }

  #ofText(name: string, missing: Outcome, test: TextTest): Condition {
    const { values } = this;
    const slot = this.#slots.get(name)!;
    return () => (values.from[slot]! < 0 ? missing : test(values, slot) ? TRUE : FALSE);
  }

  /** Source: ComparisonExpression.ContainsExpression and its likes: what is missing or no text is false, also with NOT. */
  #search(expression: Extract<BooleanExpression, { readonly kind: 'search' }>): Condition {
    const { search, operand, text, not: isNot } = expression;
    if (operand.kind === 'property') {
      if (text === '') return () => FALSE;
      const test = finds(search, text);
      return this.#ofText(operand.name, FALSE, isNot ? (values, slot) => !test(values, slot) : test);
    }
    const value = this.#value(operand);
    return () => {
      if (text === '') return FALSE;
      const found = value();
      if (found === undefined) return FAILED;
      return outcomeOf(found.type === 'TEXT' && findsDecoded(search, found.value, text) !== isNot);
    };
  }

  #isNull(operand: Expression): Condition {
    if (operand.kind === 'property') {
      const { values } = this;
      const slot = this.#slots.get(operand.name)!;
      return () => (values.from[slot]! < 0 ? TRUE : FALSE);
    }
    const value = this.#value(operand);
    return () => {
      const found = value();
      return found === undefined ? FAILED : outcomeOf(found.type === 'NULL');
    };
  }

  #equal(left: Expression, right: Expression): Condition {
    const constant = constantOf(right);
    if (left.kind === 'property' && constant !== undefined && constant.type !== 'NULL') {
      return this.#equalsConstant(left.name, constant);
    }
    if (left.kind === 'property' && right.kind === 'property') return this.#equalProperties(left.name, right.name);
    return equalValues(this.#value(left), this.#value(right));
  }

  #equalsConstant(name: string, constant: Exclude<Constant, { readonly type: 'NULL' }>): Condition {
    switch (constant.type) {
      case 'TEXT':
        return this.#ofText(name, UNKNOWN, equalsText(constant.value));
      case 'BOOLEAN': {
        const { value } = constant;
        return this.#ofText(name, UNKNOWN, (values, slot) => parseJavaBoolean(values.text(slot)) === value);
      }
      default:
        return this.#compare(name, constant, (order) => order === 0);
    }
  }

  #equalProperties(left: string, right: string): Condition {
    const { values } = this;
    const leftSlot = this.#slots.get(left)!;
    const rightSlot = this.#slots.get(right)!;
    return () => {
      const isLeftMissing = values.from[leftSlot]! < 0;
      const isRightMissing = values.from[rightSlot]! < 0;
      if (isLeftMissing) return isRightMissing ? TRUE : UNKNOWN;
      return outcomeOf(!isRightMissing && sameText(values, leftSlot, rightSlot));
    };
  }

  #order(order: Order, left: Expression, right: Expression): Condition {
    const leftConstant = constantOf(left);
    const rightConstant = constantOf(right);
    const fits = orderTest(order);
    if (left.kind === 'property' && isNumber(rightConstant)) return this.#compare(left.name, rightConstant, fits);
    if (isNumber(leftConstant) && right.kind === 'property') {
      return this.#compare(right.name, leftConstant, (found) => fits(-found));
    }
    if (left.kind === 'property' && right.kind === 'property') {
      const { values } = this;
      const leftSlot = this.#slots.get(left.name)!;
      const rightSlot = this.#slots.get(right.name)!;
      return () => {
        if (values.from[leftSlot]! < 0 || values.from[rightSlot]! < 0) return UNKNOWN;
        const found = compareProperties(values, leftSlot, rightSlot);
        return found === NOT_A_NUMBER ? FAILED : outcomeOf(fits(found));
      };
    }
    return orderValues(this.#value(left), this.#value(right), fits);
  }

  /** A property and a number: the class of the number decides how the property is read. */
  #compare(name: string, constant: NumberConstant, fits: (order: number) => boolean): Condition {
    const { values } = this;
    const slot = this.#slots.get(name)!;
    const decide = (found: number): Outcome => (found === NOT_A_NUMBER ? FAILED : fits(found) ? TRUE : FALSE);
    if (constant.type === 'INT') {
      const { value } = constant;
      return () => (values.from[slot]! < 0 ? UNKNOWN : decide(compareInt(values, slot, value)));
    }
    if (constant.type === 'LONG') {
      const { value } = constant;
      const approximate = Number(value);
      return () => (values.from[slot]! < 0 ? UNKNOWN : decide(compareLong(values, slot, value, approximate)));
    }
    const { value } = constant;
    return () => (values.from[slot]! < 0 ? UNKNOWN : decide(compareDouble(values, slot, value)));
  }

  /** For the rare places where a value of any kind may be: it is made as an object. */
  #value(expression: Expression): Value {
    if (expression.kind === 'property') {
      const { values } = this;
      const slot = this.#slots.get(expression.name)!;
      return () => (values.from[slot]! < 0 ? NULL_CONSTANT : { type: 'TEXT', value: values.text(slot) });
    }
    if (expression.kind === 'constant') {
      const { value } = expression;
      return () => value;
    }
    if (expression.kind === 'negate') {
      const operand = this.#value(expression.operand);
      return () => negated(operand());
    }
    const condition = this.condition(expression);
    return () => {
      const outcome = condition();
      if (outcome === FAILED) return undefined;
      return outcome === UNKNOWN ? NULL_CONSTANT : { type: 'BOOLEAN', value: outcome === TRUE };
    };
  }
}

/** A literal, also behind minus signs. */
function constantOf(expression: Expression): Constant | undefined {
  if (expression.kind === 'constant') return expression.value;
  if (expression.kind !== 'negate') return undefined;
  const operand = constantOf(expression.operand);
  return operand && negated(operand);
}

/** Only numbers have an opposite. Source: UnaryExpression#createNegate. */
function negated(value: Constant | undefined): Constant | undefined {
  if (value === undefined) return undefined;
  // Zero has no sign in an int.
  if (value.type === 'INT') return { type: 'INT', value: 0 - value.value };
  if (value.type === 'LONG') return { type: 'LONG', value: -value.value };
  return value.type === 'DOUBLE' ? { type: 'DOUBLE', value: -value.value } : NULL_CONSTANT;
}

/** The operands of a chain, also those of chains of the same kind within it: the order in which they are asked is the same. */
function flat(kind: 'and' | 'or', operands: readonly BooleanExpression[]): BooleanExpression[] {
  return operands.flatMap((operand) => (operand.kind === kind ? flat(kind, operand.operands) : [operand]));
}

function constantCondition(value: Constant): Condition {
  const outcome = value.type === 'BOOLEAN' ? outcomeOf(value.value) : UNKNOWN;
  return () => outcome;
}

function not(condition: Condition): Condition {
  return () => {
    const outcome = condition();
    return outcome <= TRUE ? outcomeOf(outcome === FALSE) : outcome;
  };
}

/** Source: LogicExpression#createAND: what is behind a false one is not asked, what is behind an unknown one is. */
function and(conditions: readonly Condition[]): Condition {
  return () => {
    let result: Outcome = TRUE;
    for (let i = 0; i < conditions.length; i++) {
      const outcome = conditions[i]!();
      if (outcome === FALSE || outcome === FAILED) return outcome;
      if (outcome === UNKNOWN) result = UNKNOWN;
    }
    return result;
  };
}

/** Source: LogicExpression#createOR. */
function or(conditions: readonly Condition[]): Condition {
  return () => {
    let result: Outcome = FALSE;
    for (let i = 0; i < conditions.length; i++) {
      const outcome = conditions[i]!();
      if (outcome === TRUE || outcome === FAILED) return outcome;
      if (outcome === UNKNOWN) result = UNKNOWN;
    }
    return result;
  };
}

/** Source: ComparisonExpression#doCreateEqual: two that are both null are equal. */
function equalValues(left: Value, right: Value): Condition {
  return () => {
    const leftValue = left();
    const rightValue = leftValue && right();
    if (leftValue === undefined || rightValue === undefined) return FAILED;
    if (leftValue.type === 'NULL') return rightValue.type === 'NULL' ? TRUE : UNKNOWN;
    if (rightValue.type === 'NULL') return FALSE;
    const order = compareConstants(leftValue, rightValue);
    return order === undefined ? FAILED : outcomeOf(order === 0);
  };
}

/** Source: ComparisonExpression#evaluate: the right one is not asked when the left one is null. */
function orderValues(left: Value, right: Value, fits: (order: number) => boolean): Condition {
  return () => {
    const leftValue = left();
    if (leftValue === undefined) return FAILED;
    if (leftValue.type === 'NULL') return UNKNOWN;
    const rightValue = right();
    if (rightValue === undefined) return FAILED;
    if (rightValue.type === 'NULL') return UNKNOWN;
    const order = compareConstants(leftValue, rightValue);
    return order === undefined ? FAILED : outcomeOf(fits(order));
  };
}

function orderTest(order: Order): (found: number) => boolean {
  switch (order) {
    case '>':
      return (found) => found > 0;
    case '>=':
      return (found) => found >= 0;
    case '<':
      return (found) => found < 0;
    case '<=':
      return (found) => found <= 0;
  }
}
