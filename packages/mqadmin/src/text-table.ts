import { type FormatArgument, format } from './format.ts';
import { escapeControls } from './safe-text.ts';

/** One column of a table. */
interface Column<Row> {
  readonly head: string;
  /** Java pattern of a cell with the blanks behind it: `%-32.32s  ` is 32 wide and cut there. */
  readonly pattern: string;
  /** Where the head has another width than the rows. Default: the pattern, as text. */
  readonly headPattern?: string;
  /** The value of a row that the cell shows, or what it shows of the row. */
  readonly of: CellKey<Row> | ((row: Row) => FormatArgument);
}

type CellKey<Row> = { [Key in keyof Row]: Row[Key] extends FormatArgument ? Key : never }[keyof Row];

/** Where tables are printed. */
interface Printer {
  out(text: string): void;
}

/**
 * A table as Apache's tool prints it, whose rows are data: the same objects are the answer of the command in JSON. Control characters in a
 * cell are escaped, so that a row stays a line and nothing reaches the terminal but text.
 */
export class TextTable<Row> {
  readonly #columns: readonly Column<Row>[];
  readonly #head: string;

  constructor(columns: readonly Column<Row>[]) {
    this.#columns = columns;
    this.#head = columns
      .map(({ head, pattern, headPattern = pattern.replace(/(\d*)(\.\d+)?[sdf]/, '$1s') }) => format(headPattern, head))
      .join('');
  }

  /** Head and rows. */
  print(printer: Printer, rows: Iterable<Row>): void {
    this.head(printer);
    for (const row of rows) this.row(printer, row);
  }

  head(printer: Printer): void {
    printer.out(`${this.#head}\n`);
  }

  row(printer: Printer, row: Row): void {
    const cells = this.#columns.map(({ pattern, of }) => {
      const value = typeof of === 'function' ? of(row) : (row[of] as FormatArgument);
      return format(pattern, typeof value === 'string' ? escapeControls(value) : value);
    });
    printer.out(`${cells.join('')}\n`);
  }
}
