import { crc32 } from 'node:zlib';
import type { StoreMachine } from './store-machine.ts';

const V1 = 0xdaa320a7 | 0;
const V2 = 0xdaa320ab | 0;
const BLANK = 0xcbd43194 | 0;

/**
 * Where Apache's broker would end the log of a folder when it starts: it reads record after record, and what is no record ends
 * the log. Source: CommitLog#recoverNormally, CommitLog#checkMessageAndReturnSize.
 */
export function apacheLogEnd(machine: StoreMachine): number {
  const names = machine.names('commitlog').filter((name) => /^\d{20}$/.test(name));
  let end = 0;
  for (const name of names) {
    const bytes = machine.read(`commitlog/${name}`);
    let at = 0;
    for (let size = recordSize(bytes, at); size !== 0; size = recordSize(bytes, at)) {
      if (size < 0) return Number(name) + at;
      at += size;
    }
    end = Number(name) + bytes.length;
  }
  return end;
}

/** 0 for a blank record, −1 for what is no record. */
function recordSize(bytes: Buffer, at: number): number {
  const rest = bytes.length - at;
  if (rest < 8) return -1;
  const total = bytes.readInt32BE(at);
  if (total > rest) return -1;
  const magic = bytes.readInt32BE(at + 4);
  if (magic === BLANK) return 0;
  if ((magic !== V1 && magic !== V2) || total < 91) return -1;
  const sysFlag = bytes.readInt32BE(at + 36);
  const bodyAt = at + 88 + ((sysFlag & 0x10) !== 0 ? 12 : 0) + ((sysFlag & 0x20) !== 0 ? 12 : 0);
  const body = bytes.readInt32BE(bodyAt - 4);
  const topicAt = bodyAt + body;
  if (body < 0 || topicAt + 3 > at + total) return -1;
  if (body > 0 && (crc32(bytes.subarray(bodyAt, topicAt)) & 0x7fffffff) !== bytes.readInt32BE(at + 8)) return -1;
  const propertiesAt = magic === V1 ? topicAt + 1 + bytes.readInt8(topicAt) : topicAt + 2 + bytes.readInt16BE(topicAt);
  if (propertiesAt + 2 > at + total) return -1;
  const properties = bytes.readInt16BE(propertiesAt);
  return propertiesAt + 2 + properties === at + total ? total : -1;
}
