/**
 * What one frame costs, without a socket: microseconds to read a send request from received bytes up to its typed
 * header, and to lay out the answer to it. Run: `sh bin/node-run bench/src/micro/remoting.ts`
 */
import { ByteWriter } from '@rocketmq-ts/kernel';
import {
  encodeFrame,
  FLAG_RESPONSE,
  FrameReader,
  FrameWriter,
  requestCodec,
  responseCodec,
  SEND_MESSAGE_V2,
  type SerializeType,
} from '@rocketmq-ts/protocol';

const FRAMES_PER_CHUNK = 40;
const ROUNDS = 7;

/** A send as the Java client of 5.4.0 makes it. */
const SEND_FIELDS = {
  a: 'bench-producer-group',
  b: 'BenchmarkTopic',
  c: 'TBW102',
  d: '4',
  e: '3',
  f: '0',
  g: '1760000000000',
  h: '0',
  i: 'UNIQ_KEY\u00017F00000100002A9F0000012345678901\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002',
  j: '0',
  k: 'false',
  l: '0',
  m: 'false',
  n: 'broker-a',
};

const ANSWER = {
  msgId: '7F00000100002A9F0000000000BC614E',
  queueId: 3,
  queueOffset: 123_456,
  transactionId: undefined,
};

function medianMicros(name: string, perRound: number, round: () => void): void {
  const results: number[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    // CPU time, because the machine may do other things meanwhile.
    const begin = process.cpuUsage();
    round();
    results.push(process.cpuUsage(begin).user / perRound);
  }
  results.sort((a, b) => a - b);
  console.log(`${name.padEnd(44)} ${results[ROUNDS >> 1]!.toFixed(3)} µs`);
}

function chunkOfSends(serializeType: SerializeType): Buffer {
  const body = Buffer.alloc(1024, 97);
  const frames: Buffer[] = [];
  for (let opaque = 0; opaque < FRAMES_PER_CHUNK; opaque++) {
    const extFields = { ...SEND_FIELDS, g: String(1_760_000_000_000 + opaque), e: String(opaque & 7) };
    frames.push(encodeFrame({ code: 310, opaque, extFields, body, serializeType }));
  }
  return Buffer.concat(frames);
}

let sink = 0;
const codec = requestCodec(SEND_MESSAGE_V2);
for (const serializeType of ['JSON', 'ROCKETMQ'] as const) {
  const chunk = chunkOfSends(serializeType);
  const chunks = 1000;
  const read = (decodeHeader: boolean): void => {
    const reader = new FrameReader(undefined, decodeHeader ? () => codec.slots : undefined);
    for (let index = 0; index < chunks; index++) {
      reader.push(chunk);
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        sink += frame.body.length;
        if (decodeHeader) sink += codec.decodeFrame(frame).queueId;
      }
    }
  };
  medianMicros(`read a ${serializeType} send frame`, chunks * FRAMES_PER_CHUNK, () => read(false));
  medianMicros(`read a ${serializeType} send frame and its fields`, chunks * FRAMES_PER_CHUNK, () => read(true));
}

for (const serializeType of ['JSON', 'ROCKETMQ'] as const) {
  const frames = new FrameWriter(serializeType);
  const answers = responseCodec(SEND_MESSAGE_V2);
  const writer = new ByteWriter(65_536);
  const count = 100_000;
  medianMicros(`write a ${serializeType} send answer`, count, () => {
    for (let opaque = 0; opaque < count; opaque++) {
      if (writer.position > 60_000) writer.reset();
      const header = { ...ANSWER, queueOffset: opaque };
      const frame = frames.begin(0, FLAG_RESPONSE, opaque);
      frame.codec = answers;
      frame.header = header;
      frames.write(writer, frame);
    }
  });
}
if (sink === 0) throw new Error('nothing was read');
