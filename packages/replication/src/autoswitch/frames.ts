import { readInt64, viewOf, writeInt64 } from '@rocketmq-ts/kernel';
import type { EpochEntry } from './epochs.ts';

/** States of a connection that frames have; READY 0, SUSPEND 3 and SHUTDOWN 4 are never sent. Source: HAConnectionState. */
export const HaState = { HANDSHAKE: 1, TRANSFER: 2 } as const;

/**
 * What a slave sends first:
 *
 * | offset | size | meaning |
 * | --- | --- | --- |
 * | 0 | 4 | HANDSHAKE |
 * | 4 | 2 | 1: an empty slave begins with the last file |
 * | 6 | 2 | 1: never a member of the in-sync set |
 * | 8 | 8 | id that the controller gave the slave |
 *
 * Source: AutoSwitchHAClient#sendHandshakeHeader; fixture auto-switch.json.
 */
export const SLAVE_HANDSHAKE_BYTES = 16;
/** What a slave has: TRANSFER in 4 bytes, then the end of its log in 8. Source: AutoSwitchHAClient#reportSlaveOffset. */
export const SLAVE_REPORT_BYTES = 12;
/**
 * What a master answers a handshake with: HANDSHAKE in 4 bytes, size of the entries in 4, end of its log in 8, its last epoch in 4; then
 * for each epoch its number in 4 and its start in 8. Source: AutoSwitchHAConnection#buildHandshakeBuffer.
 */
export const MASTER_HANDSHAKE_BYTES = 20;
const EPOCH_ENTRY_BYTES = 12;
/**
 * Before each piece of the log, and alone as a heartbeat: TRANSFER in 4 bytes, size of the piece in 4, its offset in 8, its epoch in 4,
 * start of that epoch in 8, confirm offset in 8. Source: AutoSwitchHAConnection#buildTransferHeaderBuffer.
 */
export const TRANSFER_HEADER_BYTES = 36;

/** Apache's master has room for so many entries in a handshake. */
export const MAX_EPOCH_ENTRIES = 1000;
/** A larger piece of the log is no frame of a master: Apache's buffer for whole frames has 4 MiB. */
const MAX_PIECE_BYTES = 4 * 1024 * 1024;

export interface SlaveHandshake {
  readonly syncFromLastFile: boolean;
  readonly asyncLearner: boolean;
  readonly brokerId: number;
}

export interface MasterHandshake {
  readonly endOffset: number;
  readonly lastEpoch: number;
  readonly epochs: readonly EpochEntry[];
}

export interface TransferHeader {
  readonly bodyBytes: number;
  readonly offset: number;
  readonly epoch: number;
  readonly epochStartOffset: number;
  readonly confirmOffset: number;
}

export function encodeSlaveHandshake(handshake: SlaveHandshake): Buffer {
  const bytes = Buffer.alloc(SLAVE_HANDSHAKE_BYTES);
  const view = viewOf(bytes);
  view.setInt32(0, HaState.HANDSHAKE);
  view.setInt16(4, handshake.syncFromLastFile ? 1 : 0);
  view.setInt16(6, handshake.asyncLearner ? 1 : 0);
  writeInt64(view, 8, handshake.brokerId);
  return bytes;
}

export function encodeSlaveReport(endOffset: number): Buffer {
  const bytes = Buffer.alloc(SLAVE_REPORT_BYTES);
  const view = viewOf(bytes);
  view.setInt32(0, HaState.TRANSFER);
  writeInt64(view, 4, endOffset);
  return bytes;
}

/** With the newest MAX_EPOCH_ENTRIES of the epochs. */
export function encodeMasterHandshake({ endOffset, lastEpoch, epochs }: MasterHandshake): Buffer {
  const sent = epochs.slice(-MAX_EPOCH_ENTRIES);
  const bytes = Buffer.alloc(MASTER_HANDSHAKE_BYTES + sent.length * EPOCH_ENTRY_BYTES);
  const view = viewOf(bytes);
  view.setInt32(0, HaState.HANDSHAKE);
  view.setInt32(4, sent.length * EPOCH_ENTRY_BYTES);
  writeInt64(view, 8, endOffset);
  view.setInt32(16, lastEpoch);
  for (const [index, { epoch, startOffset }] of sent.entries()) {
    const at = MASTER_HANDSHAKE_BYTES + index * EPOCH_ENTRY_BYTES;
    view.setInt32(at, epoch);
    writeInt64(view, at + 4, startOffset);
  }
  return bytes;
}

/** Writes a header of TRANSFER_HEADER_BYTES at `at`. */
export function layOutTransferHeader(bytes: Buffer, at: number, header: TransferHeader): void {
  const view = viewOf(bytes);
  view.setInt32(at, HaState.TRANSFER);
  view.setInt32(at + 4, header.bodyBytes);
  writeInt64(view, at + 8, header.offset);
  view.setInt32(at + 16, header.epoch);
  writeInt64(view, at + 20, header.epochStartOffset);
  writeInt64(view, at + 28, header.confirmOffset);
}

/** Bytes of a frame that begins at `at`, and of which `available` are there; 0 when that is too few to say. Throws for what is no frame. */
export function slaveFrameBytes(view: DataView, at: number, available: number): number {
  if (available < 4) return 0;
  const state = view.getInt32(at);
  if (state === HaState.HANDSHAKE) return SLAVE_HANDSHAKE_BYTES;
  if (state === HaState.TRANSFER) return SLAVE_REPORT_BYTES;
  throw new Error(`a slave's frame can not begin with ${state}`);
}

export function readSlaveHandshake(view: DataView, at: number): SlaveHandshake {
  return {
    syncFromLastFile: view.getInt16(at + 4) === 1,
    asyncLearner: view.getInt16(at + 6) === 1,
    brokerId: readInt64(view, at + 8),
  };
}

export function readSlaveReport(view: DataView, at: number): number {
  return readInt64(view, at + 4);
}

/** As `slaveFrameBytes`, for the frame of a master, body included. */
export function masterFrameBytes(view: DataView, at: number, available: number): number {
  if (available < 8) return 0;
  const state = view.getInt32(at);
  const bodyBytes = view.getInt32(at + 4);
  if (
    state === HaState.HANDSHAKE &&
    bodyBytes >= 0 &&
    bodyBytes <= MAX_EPOCH_ENTRIES * EPOCH_ENTRY_BYTES &&
    bodyBytes % EPOCH_ENTRY_BYTES === 0
  )
    return MASTER_HANDSHAKE_BYTES + bodyBytes;
  if (state === HaState.TRANSFER && bodyBytes >= 0 && bodyBytes <= MAX_PIECE_BYTES)
    return TRANSFER_HEADER_BYTES + bodyBytes;
  throw new Error(`a master's frame can not begin with state ${state} and ${bodyBytes} bytes`);
}

export function readMasterHandshake(view: DataView, at: number): MasterHandshake {
  const count = view.getInt32(at + 4) / EPOCH_ENTRY_BYTES;
  const epochs = Array.from({ length: count }, (_, index) => {
    const entry = at + MASTER_HANDSHAKE_BYTES + index * EPOCH_ENTRY_BYTES;
    return { epoch: view.getInt32(entry), startOffset: readInt64(view, entry + 4) };
  });
  return { endOffset: readInt64(view, at + 8), lastEpoch: view.getInt32(at + 16), epochs };
}

export function readTransferHeader(view: DataView, at: number): TransferHeader {
  return {
    bodyBytes: view.getInt32(at + 4),
    offset: readInt64(view, at + 8),
    epoch: view.getInt32(at + 16),
    epochStartOffset: readInt64(view, at + 20),
    confirmOffset: readInt64(view, at + 28),
  };
}
