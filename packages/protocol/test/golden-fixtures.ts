import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { type Command, commandTable, FrameReader, type RemotingFrame } from '@rocketmq-ts/protocol';

/** One frame that a program of Apache's wrote; see compat/record, which makes the files. */
export interface GoldenFrame {
  readonly code: number;
  readonly kind: 'request' | 'oneway' | 'response';
  readonly responseCode?: number;
  readonly from: string;
  readonly to: string;
  /** Apache's header class. */
  readonly class: string;
  readonly version: number;
  readonly serializeType: 'JSON' | 'ROCKETMQ';
  readonly hex: string;
}

const folder = new URL('./fixtures/', import.meta.url);

/** Every recorded frame, file by file. */
export function goldenFrames(): GoldenFrame[] {
  return readdirSync(folder).flatMap(
    (name) => (JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { frames: GoldenFrame[] }).frames,
  );
}

export function decodeGolden(golden: GoldenFrame): RemotingFrame {
  const reader = new FrameReader();
  reader.push(Buffer.from(golden.hex, 'hex'));
  const frame = reader.next();
  assert.ok(frame !== undefined, 'a recorded frame is whole');
  assert.equal(reader.heldBytes, 0);
  return frame;
}

export function commandOf(golden: GoldenFrame): Command {
  const command = commandTable.get(golden.code);
  assert.ok(command !== undefined, `request code ${golden.code} is in no table`);
  return command;
}

/** For a message of an assertion. */
export function titleOf(golden: GoldenFrame): string {
  const answer = golden.responseCode === undefined ? '' : ` ${golden.responseCode}`;
  return `${golden.code} ${golden.kind}${answer} ${golden.from} > ${golden.to} (${golden.class} ${golden.version} ${golden.serializeType})`;
}
