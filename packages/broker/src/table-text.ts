import { ByteWriter, compareText } from '@rocketmq-ts/kernel';
import { encodeJson, type JsonInput, writeJson } from '@rocketmq-ts/protocol';

/** So many entries are encoded anew when one of them changes. */
const CHUNK_ENTRIES = 64;
const FORM = { pretty: true, standard: true } as const;
/** Of a member of the whole, and of an entry of a table that is one. */
const MEMBER_DEPTH = 1;
const ENTRY_DEPTH = 2;
const INDENT = '\n\t\t';

/** Entries that follow one another in the table. */
interface Chunk<Value> {
  readonly names: string[];
  readonly values: Value[];
  /** Undefined: to be encoded. */
  text: Buffer | undefined;
}

/**
 * Text of a large table that is saved after each change: what did not change is not encoded again. Where the entries are as
 * they were is seen by the values themselves, so a changed entry has to be another object.
 */
export class TableText<Value> {
  readonly #json: (value: Value) => JsonInput;
  #chunks: Chunk<Value>[] = [];

  constructor(json: (value: Value) => JsonInput) {
    this.#json = json;
  }

  /** As a member of the whole of one of Apache's configuration files. The order is that of the table. */
  of(table: ReadonlyMap<string, Value>): TextPieces {
    const entries = table.entries();
    let entry = entries.next();
    const chunks: Chunk<Value>[] = [];
    for (const chunk of this.#chunks) {
      const { names, values } = chunk;
      let kept = 0;
      let isSame = true;
      for (let i = 0; i < names.length; i++) {
        // Entries that stay keep their order, so one that is not next is gone, or behind all others.
        if (entry.done === true || entry.value[0] !== names[i]) {
          isSame = false;
          continue;
        }
        const value = entry.value[1];
        if (value !== values[i]) isSame = false;
        names[kept] = names[i]!;
        values[kept++] = value;
        entry = entries.next();
      }
      if (kept === 0) continue;
      names.length = kept;
      values.length = kept;
      if (!isSame) chunk.text = undefined;
      chunks.push(chunk);
    }
    for (; entry.done !== true; entry = entries.next()) {
      let last = chunks.at(-1);
      if (last === undefined || last.names.length >= CHUNK_ENTRIES) {
        last = { names: [], values: [], text: undefined };
        chunks.push(last);
      }
      last.names.push(entry.value[0]);
      last.values.push(entry.value[1]);
      last.text = undefined;
    }
    this.#chunks = chunks;
    return new TextPieces(chunks.map((chunk) => this.#textOf(chunk)));
  }

  #textOf(chunk: Chunk<Value>): Buffer {
    const { names, values } = chunk;
    if (chunk.text === undefined) {
      const options = { ...FORM, depth: ENTRY_DEPTH };
      const parts = names.map((name, i) => `${JSON.stringify(name)}:${writeJson(this.#json(values[i]!), options)}`);
      chunk.text = Buffer.from(parts.join(`,${INDENT}`), 'utf8');
    }
    return chunk.text;
  }
}

/** Text of the entries of a table. */
class TextPieces {
  readonly pieces: readonly Buffer[];

  constructor(pieces: readonly Buffer[]) {
    this.pieces = pieces;
  }
}

/** The text of one of Apache's configuration files, with its large tables as pieces. Its bytes are lent until the next call. */
export class FileText {
  #writer: ByteWriter | undefined;

  of(content: Readonly<Record<string, JsonInput>>): Buffer {
    const members = Object.entries(content).sort(([a], [b]) => compareText(a, b));
    if (!members.some(([, value]) => value instanceof TextPieces)) return encodeJson(content, FORM);
    this.#writer ??= new ByteWriter();
    const writer = this.#writer;
    writer.reset();
    let separator = '{';
    for (const [name, value] of members) {
      if (value === null || value === undefined) continue;
      writer.utf8(`${separator}\n\t${JSON.stringify(name)}:`);
      if (value instanceof TextPieces) writePieces(writer, value.pieces);
      else writer.utf8(writeJson(value, { ...FORM, depth: MEMBER_DEPTH }));
      separator = ',';
    }
    writer.utf8('\n}');
    return writer.written();
  }
}

function writePieces(writer: ByteWriter, pieces: readonly Buffer[]): void {
  if (pieces.length === 0) return void writer.utf8('{}');
  for (const [i, piece] of pieces.entries()) {
    writer.utf8(`${i === 0 ? '{' : ','}${INDENT}`);
    writer.bytes(piece);
  }
  writer.utf8('\n\t}');
}
