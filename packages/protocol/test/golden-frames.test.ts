import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Command, encodeFrame, type Fields, requestCodec, responseCodec } from '@rocketmq-ts/protocol';
import { commandOf, decodeGolden, type GoldenFrame, goldenFrames, titleOf } from './golden-fixtures.ts';

/** Fields that Apache's programs send beside any header class. */
const beyondTheTables: Readonly<Record<string, readonly string[]>> = {
  request: ['ReqT'],
  oneway: ['ReqT'],
  response: [],
  '310 response': ['MSG_REGION', 'TRACE_ON'],
  '320 response': ['MSG_REGION', 'TRACE_ON'],
  '10 response': ['MSG_REGION', 'TRACE_ON'],
  '34 response': ['IS_SUPPORT_HEART_BEAT_V2', 'IS_SUB_CHANGE'],
};

function fieldsOf(golden: GoldenFrame): Fields {
  const command: Command = commandOf(golden);
  return golden.kind === 'response' ? command.response : command.request;
}

const frames = goldenFrames();

test('the recorded frames hold both header forms, both kinds of request and errors', () => {
  const has = (wanted: Partial<GoldenFrame>): boolean =>
    frames.some((frame) => Object.entries(wanted).every(([key, value]) => frame[key as keyof GoldenFrame] === value));
  assert.ok(frames.length >= 100);
  assert.ok(has({ code: 310, serializeType: 'ROCKETMQ', kind: 'request' }));
  assert.ok(has({ code: 310, serializeType: 'ROCKETMQ', kind: 'response' }));
  assert.ok(has({ code: 15, kind: 'oneway' }));
  assert.ok(has({ code: 105, kind: 'response', responseCode: 17 }));
});

test('our reader sees in every recorded frame what the recorder saw', () => {
  for (const golden of frames) {
    const frame = decodeGolden(golden);
    assert.equal(frame.serializeType, golden.serializeType, titleOf(golden));
    assert.equal(frame.version, golden.version, titleOf(golden));
    assert.equal(frame.code, golden.responseCode ?? golden.code, titleOf(golden));
    assert.equal(frame.isResponse, golden.kind === 'response', titleOf(golden));
    assert.equal(frame.isOneway && !frame.isResponse, golden.kind === 'oneway', titleOf(golden));
  }
});

test('every field that Apache sends is declared in our tables or listed here', () => {
  const unknown: string[] = [];
  for (const golden of frames) {
    const declared = new Set(Object.entries(fieldsOf(golden)).map(([name, field]) => field.wireKey ?? name));
    const listed = [
      ...(beyondTheTables[golden.kind] ?? []),
      ...(beyondTheTables[`${golden.code} ${golden.kind}`] ?? []),
    ];
    for (const key of Object.keys(decodeGolden(golden).extFields)) {
      if (!declared.has(key) && !listed.includes(key)) unknown.push(`${key} in ${titleOf(golden)}`);
    }
  }
  assert.deepEqual(unknown, []);
});

test('a header of Apache decodes under our tables and flattens to the same fields and values', () => {
  for (const golden of frames) {
    const command = commandOf(golden);
    const { extFields } = decodeGolden(golden);
    // A refusal need not carry the fields of a success.
    const flat =
      golden.kind === 'response'
        ? responseCodec(command).flatten(responseCodec(command).decodeLenient(extFields))
        : requestCodec(command).flatten(requestCodec(command).decode(extFields));
    for (const [name, field] of Object.entries(fieldsOf(golden))) {
      const key = field.wireKey ?? name;
      const filledIn = field.presence === 'default' ? String(field.fallback) : undefined;
      // The binary form has no empty text: it reads as absent.
      const sent = extFields[key] === '' && field.kind !== 'string' ? undefined : extFields[key];
      assert.equal(flat[key], sent ?? filledIn, `${key} of ${titleOf(golden)}`);
    }
  }
});

test('an answer of Apache carries every field that our tables call required', () => {
  for (const golden of frames.filter(({ kind, responseCode }) => kind === 'response' && responseCode === 0)) {
    const command = commandOf(golden);
    assert.doesNotThrow(() => responseCodec(command).decode(decodeGolden(golden).extFields), titleOf(golden));
  }
});

test('a success of Apache has the member extFields exactly where our table has it', () => {
  for (const golden of frames) {
    if (golden.kind !== 'response' || golden.responseCode !== 0 || golden.serializeType !== 'JSON') continue;
    const header = headerText(Buffer.from(golden.hex, 'hex'));
    const has = 'extFields' in (JSON.parse(header) as object);
    const extra = beyondTheTables[`${golden.code} response`] !== undefined;
    assert.equal(has, commandOf(golden).responseHasHeader || extra, titleOf(golden));
  }
});

test('the same values written by us make the same frame, byte for byte in the binary form', () => {
  for (const golden of frames) {
    const theirs = Buffer.from(golden.hex, 'hex');
    const frame = decodeGolden(golden);
    const ours = encodeFrame({
      code: frame.code,
      flag: frame.flag,
      opaque: frame.opaque,
      remark: frame.remark,
      extFields: hasFields(golden, theirs) ? frame.extFields : undefined,
      body: frame.body,
      serializeType: frame.serializeType,
      sender: { language: frame.language, version: frame.version },
    });
    if (golden.serializeType === 'ROCKETMQ') {
      assert.equal(ours.toString('hex'), golden.hex, titleOf(golden));
      continue;
    }
    assert.deepEqual(
      JSON.parse(headerText(ours)),
      goHeaderAsJava(JSON.parse(headerText(theirs)) as object),
      titleOf(golden),
    );
    assert.deepEqual(ours.subarray(8 + headerBytes(ours)), theirs.subarray(8 + headerBytes(theirs)), titleOf(golden));
  }
});

function hasFields(golden: GoldenFrame, bytes: Buffer): boolean {
  return golden.serializeType === 'ROCKETMQ' || 'extFields' in (JSON.parse(headerText(bytes)) as object);
}

/** The Go client does not name the header codec in the header; every other client does, and so do we. */
function goHeaderAsJava(header: object): object {
  return { serializeTypeCurrentRPC: 'JSON', ...header };
}

function headerBytes(frame: Buffer): number {
  return frame.readInt32BE(4) & 0xffffff;
}

function headerText(frame: Buffer): string {
  return frame.toString('utf8', 8, 8 + headerBytes(frame));
}
