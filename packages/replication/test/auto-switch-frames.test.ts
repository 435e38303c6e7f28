import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { viewOf } from '@rocketmq-ts/kernel';
import {
  encodeMasterHandshake,
  encodeSlaveHandshake,
  encodeSlaveReport,
  layOutTransferHeader,
  type MasterHandshake,
  masterFrameBytes,
  readMasterHandshake,
  readSlaveHandshake,
  readSlaveReport,
  readTransferHeader,
  SLAVE_HANDSHAKE_BYTES,
  slaveFrameBytes,
  TRANSFER_HEADER_BYTES,
  type TransferHeader,
} from '../src/autoswitch/frames.ts';
import { MasterFrames } from '../src/autoswitch/master-frames.ts';

interface Recorded {
  readonly conversations: readonly {
    readonly slave: string;
    readonly fromSlave: string;
    readonly fromMaster: string;
  }[];
}

const recorded = JSON.parse(readFileSync(new URL('./fixtures/auto-switch.json', import.meta.url), 'utf8')) as Recorded;

/** What a master of Apache's sent, taken apart; `pieces`: the sizes of the reads. */
function takeApart(stream: Buffer, pieceBytes: number) {
  const handshakes: MasterHandshake[] = [];
  const headers: TransferHeader[] = [];
  const bodies: { offset: number; bytes: Buffer }[] = [];
  const frames = new MasterFrames({
    handshake: (handshake) => handshakes.push(handshake),
    header: (header) => headers.push(header),
    body: (offset, bytes) => bodies.push({ offset, bytes: Buffer.from(bytes) }),
  });
  for (let at = 0; at < stream.length; at += pieceBytes) frames.feed(stream.subarray(at, at + pieceBytes));
  return { handshakes, headers, bodies };
}

suite('the AutoSwitch HA protocol as Apache 5.4.0 speaks it', () => {
  test('the handshakes of a pair are read, and written as the same bytes', () => {
    const [first, second] = recorded.conversations;
    const slave = Buffer.from(first!.fromSlave, 'hex');
    const view = viewOf(slave);
    assert.equal(slaveFrameBytes(view, 0, slave.length), SLAVE_HANDSHAKE_BYTES);
    const handshake = readSlaveHandshake(view, 0);
    assert.deepEqual(handshake, { syncFromLastFile: false, asyncLearner: false, brokerId: 2 });
    assert.deepEqual(encodeSlaveHandshake(handshake), slave.subarray(0, SLAVE_HANDSHAKE_BYTES));
    const { handshakes } = takeApart(Buffer.from(second!.fromMaster, 'hex'), 1000);
    assert.deepEqual(handshakes, [
      {
        endOffset: 1101,
        lastEpoch: 2,
        epochs: [
          { epoch: 1, startOffset: 0 },
          { epoch: 2, startOffset: 661 },
        ],
      },
    ]);
    const written = encodeMasterHandshake(handshakes[0]!);
    assert.deepEqual(written, Buffer.from(second!.fromMaster, 'hex').subarray(0, written.length));
  });

  test('every report of a slave is read and written', () => {
    for (const { fromSlave } of recorded.conversations) {
      const bytes = Buffer.from(fromSlave, 'hex');
      const view = viewOf(bytes);
      let last = -1;
      for (let at = SLAVE_HANDSHAKE_BYTES; at < bytes.length; ) {
        const size = slaveFrameBytes(view, at, bytes.length - at);
        const offset = readSlaveReport(view, at);
        assert.ok(offset >= last);
        last = offset;
        assert.deepEqual(encodeSlaveReport(offset), bytes.subarray(at, at + size));
        at += size;
      }
      assert.ok(last > 0);
    }
  });

  for (const pieceBytes of [1, 7, 100_000]) {
    test(`a master's frames are the same however they are cut: ${pieceBytes} bytes at a time`, () => {
      for (const { fromMaster } of recorded.conversations) {
        const stream = Buffer.from(fromMaster, 'hex');
        const { handshakes, headers, bodies } = takeApart(stream, pieceBytes);
        assert.equal(handshakes.length, 1);
        const written = Buffer.alloc(TRANSFER_HEADER_BYTES);
        let at = encodeMasterHandshake(handshakes[0]!).length;
        for (const header of headers) {
          layOutTransferHeader(written, 0, header);
          assert.deepEqual(written, stream.subarray(at, at + TRANSFER_HEADER_BYTES));
          at += TRANSFER_HEADER_BYTES + header.bodyBytes;
          assert.ok(header.confirmOffset <= 1322 && header.epoch > 0);
        }
        assert.equal(at, stream.length);
        const sizes = headers.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
        assert.equal(
          bodies.reduce((sum, { bytes }) => sum + bytes.length, 0),
          sizes,
        );
      }
    });
  }

  test('what is no frame is refused by its first bytes', () => {
    const text = Buffer.from('GET / HTTP/1.1\r\n\r\n');
    assert.throws(() => slaveFrameBytes(viewOf(text), 0, text.length), /can not begin with 1195725856/);
    assert.throws(() => masterFrameBytes(viewOf(text), 0, text.length), /can not begin with state 1195725856/);
    const huge = Buffer.alloc(8);
    huge.writeInt32BE(2, 0);
    huge.writeInt32BE(0x7fff_ffff, 4);
    assert.throws(() => masterFrameBytes(viewOf(huge), 0, 8), /2147483647 bytes/);
    huge.writeInt32BE(-1, 4);
    assert.throws(() => masterFrameBytes(viewOf(huge), 0, 8), /-1 bytes/);
    assert.equal(readTransferHeader(viewOf(Buffer.alloc(TRANSFER_HEADER_BYTES)), 0).bodyBytes, 0);
    assert.equal(readMasterHandshake(viewOf(Buffer.alloc(20)), 0).epochs.length, 0);
  });
});
