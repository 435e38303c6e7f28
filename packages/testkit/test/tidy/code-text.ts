/**
 * Blanks comments, and the insides of strings, templates and regular expressions, so that a search finds code only. Lengths and
 * lines stay as they were: a position in the result is the same position in the source.
 */
export function blankNonCode(source: string): string {
  return new Blanker(source).blank();
}

/** After one of these a slash begins a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(?:^|[([{,;:=!&|?+\-*%<>~^}]|\b(?:return|typeof|case|in|of|new|delete|void|throw|await|yield))$/;

class Blanker {
  readonly #source: string;
  readonly #result: string[];
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#result = [...source].length === source.length ? [...source] : source.split('');
  }

  blank(): string {
    this.#code(false);
    return this.#result.join('');
  }

  /** Walks over code; inside a template's `${…}` it stops at the closing brace. */
  #code(isNested: boolean): void {
    for (let depth = 0; this.#at < this.#source.length; ) {
      const two = this.#source.slice(this.#at, this.#at + 2);
      const one = this.#source[this.#at];
      if (two === '//') this.#blankUntil(this.#endOf('\n', 0));
      else if (two === '/*') this.#blankUntil(this.#endOf('*/', 2));
      else if (one === "'" || one === '"') this.#string(one);
      else if (one === '`') this.#template();
      else if (one === '/' && this.#regexMayBegin()) this.#regex();
      else {
        if (one === '{') depth++;
        if (one === '}' && depth-- === 0 && isNested) return;
        this.#at++;
      }
    }
  }

  #endOf(mark: string, extra: number): number {
    const found = this.#source.indexOf(mark, this.#at + extra);
    return found < 0 ? this.#source.length : found + extra;
  }

  #blankUntil(end: number): void {
    for (; this.#at < end; this.#at++) if (this.#source[this.#at] !== '\n') this.#result[this.#at] = ' ';
  }

  #string(quote: string): void {
    let end = this.#at + 1;
    while (end < this.#source.length && this.#source[end] !== quote) end += this.#source[end] === '\\' ? 2 : 1;
    this.#at++;
    this.#blankUntil(end);
    this.#at++;
  }

  #template(): void {
    this.#at++;
    while (this.#at < this.#source.length && this.#source[this.#at] !== '`') {
      if (this.#source.startsWith('${', this.#at)) {
        this.#at += 2;
        this.#code(true);
        this.#at++;
      } else {
        this.#blankUntil(this.#at + (this.#source[this.#at] === '\\' ? 2 : 1));
      }
    }
    this.#at++;
  }

  #regexMayBegin(): boolean {
    return BEFORE_REGEX.test(
      this.#result
        .slice(Math.max(0, this.#at - 200), this.#at)
        .join('')
        .trimEnd(),
    );
  }

  #regex(): void {
    let end = this.#at + 1;
    for (let inClass = false; end < this.#source.length && this.#source[end] !== '\n'; end++) {
      const one = this.#source[end];
      if (one === '\\') end++;
      else if (one === '[') inClass = true;
      else if (one === ']') inClass = false;
      else if (one === '/' && !inClass) break;
    }
    this.#at++;
    this.#blankUntil(end);
    this.#at++;
  }
}

export interface ImportFound {
  readonly specifier: string;
  readonly line: number;
}

/** Every module a file names: imports, re-exports, dynamic imports, and files that it starts as workers by `new URL`. */
export function findImports(source: string, code: string): ImportFound[] {
  const found: ImportFound[] = [];
  const opening = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew\s+URL\(\s*)(['"])/g;
  for (let match = opening.exec(code); match !== null; match = opening.exec(code)) {
    const begin = opening.lastIndex;
    const specifier = source.slice(begin, code.indexOf(match[1] ?? '', begin));
    // Other URLs name data and folders.
    if (match[0].startsWith('new') && !specifier.endsWith('.ts')) continue;
    found.push({ specifier, line: lineOf(code, match.index) });
  }
  return found;
}

export function lineOf(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}
