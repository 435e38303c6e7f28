import type { ByteWriter } from '@rocketmq-ts/kernel';
import type { AnyField, Command, DecodedHeader, Fields, HeaderInput } from '../command/table.ts';
import { FieldSlots } from './field-slots.ts';
import {
  checkInt32,
  checkLong,
  type ExtFields,
  formatInt32,
  formatLong,
  missingField,
  parseBoolean,
  parseInt32,
  parseLong,
} from './field-values.ts';
import { putBytes, putInteger, putString } from './json-bytes.ts';
import type { RemotingFrame } from './remoting-frame.ts';

/** The interpreter of one table of fields, compiled to straight-line functions. */
export interface HeaderCodec<T extends Fields = Fields> {
  /** For requests. Throws `CodecError` `BAD_FIELD` for the first field that is missing or does not parse. */
  decode(ext: ExtFields): DecodedHeader<T>;
  /** The same for a received frame, whose fields may be in this codec's slots already. */
  decodeFrame(frame: RemotingFrame): DecodedHeader<T>;
  /** Slots that a reader of frames may fill for `decodeFrame`. */
  readonly slots: FieldSlots;
  /** For responses: what is missing or does not parse reads as undefined (or as its default). */
  decodeLenient(ext: ExtFields): DecodedHeader<T>;
  /** Members of the JSON object `extFields`, each with a comma behind it. Undefined is left out. */
  putJson(header: Partial<HeaderInput<T>>, writer: ByteWriter): void;
  /** Entries of the binary map. */
  encodePairs(header: Partial<HeaderInput<T>>, writer: ByteWriter): void;
  /** Fields as texts by wire key, in a new object that the caller may extend. */
  flatten(header: Partial<HeaderInput<T>>): Record<string, string>;
}

const compiled = new WeakMap<Fields, HeaderCodec>();

/** The codec of a table; compiled on first use and kept as long as the table lives. */
export function headerCodec<T extends Fields>(fields: T): HeaderCodec<T> {
  let codec = compiled.get(fields);
  if (codec === undefined) {
    codec = compile(fields);
    compiled.set(fields, codec);
  }
  return codec as unknown as HeaderCodec<T>;
}

/** The codec of a command's request header. */
export function requestCodec<C extends Command>(command: C): HeaderCodec<C['request']> {
  return headerCodec(command.request as C['request']);
}

/** The codec of a command's response header. */
export function responseCodec<C extends Command>(command: C): HeaderCodec<C['response']> {
  return headerCodec(command.response as C['response']);
}

/** One entry of the binary map: 16-bit key length, key, 32-bit value length, value. */
export function writePair(writer: ByteWriter, key: string, value: string): void {
  writer.ensure(6 + (key.length + value.length) * 3);
  const start = writer.position;
  writer.position = start + 2;
  writer.view.setInt16(start, writer.utf8(key));
  const middle = writer.position;
  writer.position = middle + 4;
  writer.view.setInt32(middle, writer.utf8(value));
}

/** What the compiled functions may call. */
const runtime = {
  missingField,
  parseInt32,
  parseLong,
  parseBoolean,
  formatInt32,
  formatLong,
  putBytes,
  putString,
  putInt32,
  putLong,
  writePair,
  attempt,
};

function putInt32(writer: ByteWriter, value: number, name: string): void {
  putInteger(writer, checkInt32(value, name));
}

function putLong(writer: ByteWriter, value: number, name: string): void {
  if (value === Number.MAX_SAFE_INTEGER) putBytes(writer, LONGEST);
  else putInteger(writer, checkLong(value, name));
}

/** The largest safe integer means "without end". */
const LONGEST = Buffer.from('9223372036854775807');

function attempt(
  parse: (text: string, name: string, wireKey: string) => number,
  text: string,
  fallback: number | undefined,
): number | undefined {
  try {
    return parse(text, '', '');
  } catch {
    return fallback;
  }
}

function compile(fields: Fields): HeaderCodec {
  const entries = Object.entries(fields).map(([name, field]) => new CompiledField(name, field));
  const slots = new FieldSlots(
    entries.map((entry) => entry.key),
    entries.map((entry) => entry.isNumber),
  );
  const result = `return {${entries.map((entry) => `${entry.quotedName}: ${entry.variable}`).join(', ')}};`;
  const decodeBody = (lenient: boolean): string => `${entries.map((entry) => entry.read(lenient)).join('')}${result}`;
  const source = `'use strict';
const { ${Object.keys(runtime).join(', ')} } = runtime;
${entries.map((_, index) => `const key${index} = keys[${index}];\n`).join('')}const numberEnd = keys[${entries.length}];
return {
  slots,
  decode(ext) { ${decodeBody(false)} },
  decodeFrame(frame) { const values = frame.valuesIn(slots);
  if (values === undefined) return this.decode(frame.extFields);
${entries.map((entry, slot) => entry.readSlot(slot)).join('')}${result} },
  decodeLenient(ext) { ${decodeBody(true)} },
  putJson(header, writer) { let value;
${entries.map((entry, index) => entry.putJson(index)).join('')}  },
  encodePairs(header, writer) { let value;
${entries.map((entry) => entry.use(`writePair(writer, ${entry.quotedKey}, ${entry.asText()});`)).join('')}  },
  flatten(header) { const out = {}; let value;
${entries.map((entry) => entry.use(`out[${entry.quotedKey}] = ${entry.asText()};`)).join('')}  return out; },
};`;
  const keys = [...entries.map((entry) => entry.jsonKey), '",'].map((text) => Buffer.from(text));
  return new Function('runtime', 'keys', 'slots', source)(runtime, keys, slots) as HeaderCodec;
}

/** Source text that reads and writes one field. Names come from our own tables, never from the wire. */
class CompiledField {
  readonly quotedName: string;
  readonly key: string;
  readonly quotedKey: string;
  readonly variable: string;
  readonly #field: AnyField;

  constructor(name: string, field: AnyField) {
    this.quotedName = JSON.stringify(name);
    this.key = field.wireKey ?? name;
    this.quotedKey = JSON.stringify(this.key);
    this.variable = `$${name.replace(/\W/g, '_')}`;
    this.#field = field;
  }

  get isNumber(): boolean {
    return this.#field.kind === 'int' || this.#field.kind === 'long';
  }

  read(lenient: boolean): string {
    const { variable } = this;
    const otherwise = this.#otherwise(lenient);
    const parsed = this.#parse(lenient, otherwise);
    return `let ${variable} = ext[${this.quotedKey}]; if (${this.#absent}) ${variable} = ${otherwise};${parsed === undefined ? '' : ` else ${variable} = ${parsed};`}\n`;
  }

  /** In a slot a plain number is one already; all others are texts. */
  readSlot(slot: number): string {
    const { variable } = this;
    const parsed = this.#parse(false, '');
    const text = this.#field.kind === 'int' ? `\`\${${variable}}\`` : variable;
    const isParsed =
      this.#field.kind === 'int' ? `(${variable} | 0) === ${variable}` : `typeof ${variable} === 'number'`;
    const guard = this.isNumber ? `else if (!(${isParsed}))` : 'else';
    const otherwise = parsed === undefined ? '' : ` ${guard} ${variable} = ${parsed.replace(variable, () => text)};`;
    return `let ${variable} = values[${slot}]; if (${this.#absent}) ${variable} = ${this.#otherwise(false)};${otherwise}\n`;
  }

  /** A number without digits counts as missing: that is how Apache reads it from a binary header. */
  get #absent(): string {
    const { variable } = this;
    return this.isNumber ? `${variable} === undefined || ${variable} === ''` : `${variable} === undefined`;
  }

  #otherwise(lenient: boolean): string {
    const { presence, fallback } = this.#field;
    if (presence === 'required' && !lenient) return `missingField(${this.quotedName}, ${this.quotedKey})`;
    return presence === 'default' ? JSON.stringify(fallback) : 'undefined';
  }

  #parse(lenient: boolean, otherwise: string): string | undefined {
    const { variable, quotedKey, quotedName } = this;
    switch (this.#field.kind) {
      case 'string':
        return undefined;
      case 'boolean':
        return `parseBoolean(${variable})`;
      case 'int':
      case 'long': {
        const parse = this.#field.kind === 'int' ? 'parseInt32' : 'parseLong';
        return lenient
          ? `attempt(${parse}, ${variable}, ${otherwise})`
          : `${parse}(${variable}, ${quotedName}, ${quotedKey})`;
      }
    }
  }

  asText(): string {
    switch (this.#field.kind) {
      case 'string':
        return 'value';
      case 'boolean':
        return "(value ? 'true' : 'false')";
      case 'int':
        return `formatInt32(value, ${this.quotedName})`;
      case 'long':
        return `formatLong(value, ${this.quotedName})`;
    }
  }

  use(statement: string): string {
    return `  value = header[${this.quotedName}]; if (value !== undefined && value !== null) { ${statement} }\n`;
  }

  /** What precedes the value; numbers and flags are strings too. */
  get jsonKey(): string {
    return this.#field.kind === 'string' ? `${this.quotedKey}:` : `${this.quotedKey}:"`;
  }

  putJson(index: number): string {
    const key = `putBytes(writer, key${index}); `;
    const { quotedName } = this;
    switch (this.#field.kind) {
      case 'string':
        return this.use(`${key}putString(writer, value); writer.int8(44);`);
      case 'boolean':
        return this.use(`${key}writer.latin1(value ? 'true",' : 'false",');`);
      case 'int':
        return this.use(`${key}putInt32(writer, value, ${quotedName}); putBytes(writer, numberEnd);`);
      case 'long':
        return this.use(`${key}putLong(writer, value, ${quotedName}); putBytes(writer, numberEnd);`);
    }
  }
}
