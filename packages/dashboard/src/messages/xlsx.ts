import { pipeline, Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';

/** Characters of a cell; spreadsheets refuse files with more. */
const MAX_CELL = 32_767;
/** Said at the end of a cell that was cut. */
const CUT = ' … [cut]';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONSHIPS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const SHEET_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

/** The parts of a workbook around its one sheet. Source: ECMA-376, part 1, 11.3 and 18. */
const PARTS: readonly (readonly [string, string])[] = [
  [
    '[Content_Types].xml',
    `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${SHEET_TYPE}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${SHEET_TYPE}.worksheet+xml"/></Types>`,
  ],
  [
    '_rels/.rels',
    `<Relationships xmlns="${RELATIONSHIPS}"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
  ],
  [
    'xl/workbook.xml',
    `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets><sheet name="messages" sheetId="1" r:id="rId1"/></sheets></workbook>`,
  ],
  [
    'xl/_rels/workbook.xml.rels',
    `<Relationships xmlns="${RELATIONSHIPS}"><Relationship Id="rId1" Type="${OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
  ],
];

/** A workbook with one sheet, piece by piece: the names of the columns, then the rows. Nothing but one row is kept in memory. */
export async function* xlsx(
  columns: readonly string[],
  rows: AsyncIterable<readonly (string | number)[]>,
): AsyncGenerator<Buffer> {
  const zip = new ZipWriter();
  for (const [name, content] of PARTS) yield* zip.file(name, [DECLARATION + content]);
  yield* zip.file('xl/worksheets/sheet1.xml', sheet(columns, rows));
  yield zip.end();
}

async function* sheet(
  columns: readonly string[],
  rows: AsyncIterable<readonly (string | number)[]>,
): AsyncGenerator<string> {
  yield `${DECLARATION}<worksheet xmlns="${MAIN}"><sheetData>${rowXml(columns)}`;
  for await (const row of rows) yield rowXml(row);
  yield '</sheetData></worksheet>';
}

/** Texts are inline, so that none of them can be taken for a formula. */
function rowXml(cells: readonly (string | number)[]): string {
  const xml = cells.map((cell) =>
    typeof cell === 'number'
      ? `<c><v>${cell}</v></c>`
      : `<c t="inlineStr"><is><t xml:space="preserve">${cellText(cell)}</t></is></c>`,
  );
  return `<row>${xml.join('')}</row>`;
}

function cellText(text: string): string {
  const short = text.length > MAX_CELL ? text.slice(0, MAX_CELL - CUT.length) + CUT : text;
  return (
    short
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these may not be in XML at all
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .toWellFormed()
  );
}

interface Entry {
  readonly name: Buffer;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly at: number;
}

/** Sizes and CRC follow the content; names are UTF-8. Source: PKWARE APPNOTE.TXT, 4.4.4. */
const FLAGS = 0x0808;
const DEFLATED = 8;
const VERSION = 20;
/** 1 January 1980: the earliest date that the format has. */
const DATE = 0x21;

/** A ZIP archive as a stream. Source: PKWARE APPNOTE.TXT, 4.3. */
class ZipWriter {
  readonly #entries: Entry[] = [];
  #at = 0;

  async *file(fileName: string, content: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Buffer> {
    const name = Buffer.from(fileName);
    const at = this.#at;
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(VERSION, 4);
    head.writeUInt16LE(FLAGS, 6);
    head.writeUInt16LE(DEFLATED, 8);
    head.writeUInt16LE(DATE, 12);
    head.writeUInt16LE(name.length, 26);
    yield this.#counted(Buffer.concat([head, name]));
    let crc = 0;
    let bytes = 0;
    const start = this.#at;
    const counted = async function* (): AsyncGenerator<Buffer> {
      for await (const text of content) {
        const piece = Buffer.from(text);
        crc = crc32(piece, crc);
        bytes += piece.length;
        yield piece;
      }
    };
    const deflate = createDeflateRaw();
    // A failure of the content ends the loop below with it, and an end of the loop ends the content.
    pipeline(Readable.from(counted()), deflate, () => {});
    for await (const piece of deflate) yield this.#counted(piece as Buffer);
    const entry = { name, crc, packedBytes: this.#at - start, bytes, at };
    this.#entries.push(entry);
    const sizes = Buffer.alloc(16);
    sizes.writeUInt32LE(0x08074b50, 0);
    writeSizes(sizes, 4, entry);
    yield this.#counted(sizes);
  }

  /** The directory, which ends the archive. */
  end(): Buffer {
    const directory = Buffer.concat(this.#entries.map(directoryEntry));
    const tail = Buffer.alloc(22);
    tail.writeUInt32LE(0x06054b50, 0);
    tail.writeUInt16LE(this.#entries.length, 8);
    tail.writeUInt16LE(this.#entries.length, 10);
    tail.writeUInt32LE(directory.length, 12);
    tail.writeUInt32LE(this.#at, 16);
    return Buffer.concat([directory, tail]);
  }

  #counted(piece: Buffer): Buffer {
    this.#at += piece.length;
    return piece;
  }
}

function directoryEntry(entry: Entry): Buffer {
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(VERSION, 4);
  head.writeUInt16LE(VERSION, 6);
  head.writeUInt16LE(FLAGS, 8);
  head.writeUInt16LE(DEFLATED, 10);
  head.writeUInt16LE(DATE, 14);
  writeSizes(head, 16, entry);
  head.writeUInt16LE(entry.name.length, 28);
  head.writeUInt32LE(entry.at, 42);
  return Buffer.concat([head, entry.name]);
}

function writeSizes(target: Buffer, at: number, { crc, packedBytes, bytes }: Entry): void {
  target.writeUInt32LE(crc, at);
  target.writeUInt32LE(packedBytes, at + 4);
  target.writeUInt32LE(bytes, at + 8);
}
