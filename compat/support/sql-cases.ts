import type { SeededRandom } from '@rocketmq-ts/testkit';

/** An SQL92 expression and the messages that it is asked about, as property texts. */
export interface SqlCase {
  readonly expression: string;
  readonly properties: readonly string[];
}

const NAMES = ['a', 'b', 'c', 'TAGS', 'price', '_x$1', 'A'];

const VALUES = [
  '',
  '1',
  '5',
  '10',
  '9',
  '-3',
  '+5',
  '007',
  '5.0',
  '5.',
  '.5',
  '1e2',
  '1E400',
  '-0.0',
  '0',
  '-0',
  ' 7',
  '7 ',
  'x',
  'true',
  'TRUE',
  'false',
  'True ',
  'NaN',
  'Infinity',
  '-Infinity',
  'null',
  'NULL',
  "it's",
  'EU',
  'US',
  'Europe',
  'EUEU',
  '2147483647',
  '2147483648',
  '-2147483648',
  '-2147483649',
  '9223372036854775807',
  '9223372036854775808',
  '3000000000',
  '9007199254740993',
  '1f',
  '1d',
  '2.5D',
  '0x1.8p1',
  '0x.8P-1',
  '0x1p-1074',
  '0x1.fffffffffffff8p1023',
  '1_0',
  '0.1',
  '1.10',
  '٣',
  '１２',
  '-٥',
  '😀',
  'é',
  '日本',
  'EU日本',
  '\ufffd',
  'a\u0001b',
  '1234567890.123456789',
  '123456789012345678901234567890',
  '4.9e-324',
  '2.4703282292062327e-324',
  '1.7976931348623157e308',
  '0000000000000000000000001',
  '5l',
  '- 5',
  '+',
  '-',
  '.',
  'e5',
];

const TEXTS = [
  '1',
  '5',
  '10',
  'x',
  'EU',
  'US',
  'U',
  'E',
  '',
  "it''s",
  'true',
  'TRUE',
  'false',
  '5.0',
  '😀',
  'é',
  '日本',
  '\ufffd',
  ' ',
  'NaN',
  "''",
  '007',
  'a\nb',
];

const NUMBERS = [
  '0',
  '1',
  '5',
  '10',
  '7',
  '3',
  '2147483647',
  '2147483648',
  '3000000000',
  '9223372036854775807',
  '9223372036854775808',
  '5l',
  '5L',
  '0l',
  '5.0',
  '5.',
  '.5',
  '1e2',
  '1.5E1',
  '1E400',
  '0.0',
  '1e-400',
  '4.9e-324',
  '00',
  '007',
  '9007199254740993',
  '9007199254740992.0',
  '12345678901234567890',
  '100',
  '0.1',
  '1.1',
];

const TAILS = [
  ' garbage',
  ' 5',
  ')',
  ' -',
  ' --',
  ' -- x\n',
  ' #',
  ' /* x */',
  ' /*',
  "'",
  ' a b c',
  ' = ',
  ' .',
  ', b',
  ' a/b',
  ';',
  '\u00a0',
];
const BREAKS = ['', ' ', '  ', '\t', '\n', '\r\n', '\f', ' /* c */ ', ' -- c\n', '/**/', ' /* * ** / */ ', ' --c\r'];

/** Cases that a seed repeats: expressions of Apache's grammar, some of them broken, and properties that reach their odd corners. */
export function sqlCase(random: SeededRandom, properties: number): SqlCase {
  let expression = new Writer(random).condition(random.below(4));
  if (random.chance(0.12)) expression += random.pick(TAILS);
  if (random.chance(0.08)) expression = broken(random, expression);
  return { expression, properties: Array.from({ length: properties }, () => propertyText(random)) };
}

function propertyText(random: SeededRandom): string {
  let text = '';
  for (const name of NAMES) {
    if (random.chance(0.35)) continue;
    text += `${name}\u0001${random.pick(VALUES)}\u0002`;
    if (random.chance(0.05)) text += `${name}\u0001${random.pick(VALUES)}\u0002`;
  }
  if (random.chance(0.1)) text = text.slice(0, -1);
  return random.chance(0.05) ? `ab\u00015\u0002\u0002${text}` : text;
}

/** Leaves out, doubles or changes a character. */
function broken(random: SeededRandom, text: string): string {
  const at = random.below(text.length);
  const doubled = `${text[at]}${text[at]}`;
  const replacement = random.pick(['', doubled, '(', ')', "'", '.', '-', '#', '\\', '@', '5', 'NOT ', ' AND ']);
  return text.slice(0, at) + replacement + text.slice(at + 1);
}

/** Writes expressions, seldom of operands that Apache's parser refuses. */
class Writer {
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  condition(depth: number): string {
    if (depth === 0) return this.#predicate();
    switch (this.#random.below(7)) {
      case 0:
      case 1:
        return this.#joined(depth, this.#word('AND'));
      case 2:
      case 3:
        return this.#joined(depth, this.#word('OR'));
      case 4:
        return `${this.#word('NOT')}${this.#break()}(${this.condition(depth - 1)})`;
      case 5:
        return `(${this.#break()}${this.condition(depth - 1)})`;
      default:
        return `(${this.condition(depth - 1)})${this.#gap()}${this.#random.pick(['=', '<>', '='])}${this.#gap()}${this.#operand(depth - 1)}`;
    }
  }

  #joined(depth: number, word: string): string {
    const parts = Array.from({ length: this.#random.between(2, 3) }, () => this.condition(this.#random.below(depth)));
    return parts.join(`${this.#break()}${word}${this.#break()}`);
  }

  #predicate(): string {
    const operand = this.#operand(1);
    const gap = (): string => this.#gap();
    const not = this.#random.chance(0.4) ? `${this.#word('NOT')} ` : '';
    switch (this.#random.below(10)) {
      case 0:
      case 1:
        return `${operand}${gap()}${this.#random.pick(['=', '<>'])}${gap()}${this.#operand(1)}`;
      case 2:
      case 3:
      case 4:
        return `${this.#numberOperand()}${gap()}${this.#random.pick(['>', '>=', '<', '<=', '=', '<>'])}${gap()}${this.#numberOperand()}`;
      case 5:
        return `${operand} ${this.#word('IS')} ${not}${this.#word('NULL')}`;
      case 6:
        return `${this.#numberOperand()} ${not}${this.#word('BETWEEN')} ${this.#numberOperand()} ${this.#word('AND')} ${this.#numberOperand()}`;
      case 7: {
        const texts = Array.from({ length: this.#random.between(1, 7) }, () => this.#text());
        return `${this.#random.chance(0.9) ? this.#name() : operand} ${not}${this.#word('IN')}${gap()}(${texts.join(`${gap()},${gap()}`)})`;
      }
      case 8:
        return `${operand} ${not}${this.#word(this.#random.pick(['CONTAINS', 'STARTSWITH', 'ENDSWITH']))}${gap()}${this.#text()}`;
      default:
        return this.#random.chance(0.6) ? this.#name() : this.#random.pick(['TRUE', 'false', 'NULL', 'True']);
    }
  }

  #operand(depth: number): string {
    switch (this.#random.below(9)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return this.#name();
      case 4:
        return this.#text();
      case 5:
        return this.#random.pick(NUMBERS);
      case 6:
        return this.#random.pick(['TRUE', 'FALSE', 'NULL', 'true', 'fAlse']);
      case 7:
        return `${this.#random.pick(['-', '+', '- ', '-+', '- -'])}${this.#random.chance(0.5) ? this.#random.pick(NUMBERS) : this.#operand(depth)}`;
      default:
        return depth > 0 ? `(${this.condition(depth - 1)})` : this.#name();
    }
  }

  #numberOperand(): string {
    if (this.#random.chance(0.04)) return this.#operand(1);
    if (this.#random.chance(0.5)) return this.#name();
    return `${this.#random.chance(0.25) ? '-' : ''}${this.#random.pick(NUMBERS)}`;
  }

  #name(): string {
    return this.#random.pick(NAMES);
  }

  #text(): string {
    return `'${this.#random.pick(TEXTS)}'`;
  }

  #word(word: string): string {
    return this.#random.chance(0.8) ? word : word.toLowerCase();
  }

  #gap(): string {
    return this.#random.chance(0.8) ? ' ' : this.#random.pick(BREAKS);
  }

  #break(): string {
    return this.#random.chance(0.8) ? ' ' : `${this.#random.pick(BREAKS)} `;
  }
}
