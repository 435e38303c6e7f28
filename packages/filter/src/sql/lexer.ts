import { sqlSyntaxError } from './position.ts';

/** What a token is: a keyword or operator as it is written, or the kind of what varies. */
export type TokenKind = Keyword | Operator | 'NAME' | 'INTEGER' | 'FLOAT' | 'TEXT' | 'END';

const KEYWORDS = [
  ...['NOT', 'AND', 'OR', 'BETWEEN', 'IN', 'TRUE', 'FALSE', 'NULL', 'IS'],
  ...['CONTAINS', 'STARTSWITH', 'ENDSWITH'],
] as const;
type Keyword = (typeof KEYWORDS)[number];

type Operator = '=' | '<>' | '>' | '>=' | '<' | '<=' | '(' | ',' | ')' | '+' | '-';

export interface Token {
  readonly kind: TokenKind;
  /** Where it begins in the expression, in UTF-16 code units. */
  readonly at: number;
  /** As it is written; of a text its content. */
  readonly text: string;
}

const keywords: ReadonlySet<string> = new Set(KEYWORDS);

const BLANKS = /[ \t\n\r\f]+/y;
/** Without the end of a line it is no comment, but two minus signs. */
const LINE_COMMENT = /--[^\n\r]*(?:\r\n|\n|\r)/y;
const NAME = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const FLOAT = /(?:[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)/y;
const INTEGER = /0|[1-9][0-9]*[lL]?/y;
const OPERATOR = /<>|>=|<=|[=><(),+-]/y;

/**
 * Cuts an SQL92 expression into tokens, each when the parser asks for it: what follows the expression is never looked at, as in
 * Apache's broker. Source: SelectorParser.jj, SelectorParserTokenManager.
 */
export class Lexer {
  readonly #text: string;
  #at = 0;
  #next: Token | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token, which stays the next one. Throws FilterError `SQL_SYNTAX` where no token begins. */
  peek(): Token {
    this.#next ??= this.#read();
    return this.#next;
  }

  /** The next token, which is passed. Throws as `peek`. */
  take(): Token {
    const token = this.peek();
    this.#next = undefined;
    return token;
  }

  #read(): Token {
    this.#passBlanks();
    const at = this.#at;
    const text = this.#text;
    if (at === text.length) return { kind: 'END', at, text: '' };
    if (text[at] === "'") return this.#readText(at);
    const name = this.#match(NAME);
    if (name !== undefined) {
      const keyword = name.toUpperCase();
      return { kind: keywords.has(keyword) ? (keyword as Keyword) : 'NAME', at, text: name };
    }
    const float = this.#match(FLOAT);
    if (float !== undefined) return { kind: 'FLOAT', at, text: float };
    const integer = this.#match(INTEGER);
    if (integer !== undefined) return { kind: 'INTEGER', at, text: integer };
    const operator = this.#match(OPERATOR);
    if (operator !== undefined) return { kind: operator as Operator, at, text: operator };
    const character = String.fromCodePoint(text.codePointAt(at)!);
    throw sqlSyntaxError(text, at, `${JSON.stringify(character)} begins nothing that an expression has`);
  }

  #passBlanks(): void {
    for (;;) {
      if (this.#match(BLANKS) !== undefined || this.#match(LINE_COMMENT) !== undefined) continue;
      if (!this.#text.startsWith('/*', this.#at)) return;
      const end = this.#text.indexOf('*/', this.#at + 2);
      if (end < 0) throw sqlSyntaxError(this.#text, this.#at, 'the comment that begins here has no end');
      this.#at = end + 2;
    }
  }

  /** The longest text that begins here: where the last quote is missing, it ends at the last one that could be the end. */
  #readText(at: number): Token {
    const text = this.#text;
    let longest = -1;
    let quote = text.indexOf("'", at + 1);
    while (quote >= 0 && text[quote + 1] === "'") {
      longest = quote;
      quote = text.indexOf("'", quote + 2);
    }
    const end = quote >= 0 ? quote : longest;
    if (end < 0) throw sqlSyntaxError(text, at, 'the text that begins here has no closing quote');
    this.#at = end + 1;
    return { kind: 'TEXT', at, text: text.slice(at + 1, end).replaceAll("''", "'") };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
