import { SqlFilter } from '@rocketmq-ts/filter';

/** Characters of all expressions that are kept at the most. */
const MAX_CHARACTERS = 1 << 20;

/**
 * Compiled SQL92 expressions by their text, those used last, so that a pull that brings its expression along costs no
 * compilation. Source: SelectorParser#parse, which keeps a hundred.
 */
export class SqlCache {
  readonly #filters = new Map<string, SqlFilter>();
  #characters = 0;

  /** Throws FilterError `SQL_SYNTAX` and `SQL_TOO_COMPLEX`. */
  filterOf(text: string): SqlFilter {
    const known = this.#filters.get(text);
    this.#filters.delete(text);
    const filter = known ?? new SqlFilter(text);
    if (known === undefined) this.#characters += text.length;
    this.#filters.set(text, filter);
    for (const [oldest] of this.#filters) {
      if (this.#characters <= MAX_CHARACTERS) break;
      this.#filters.delete(oldest);
      this.#characters -= oldest.length;
    }
    return filter;
  }
}
