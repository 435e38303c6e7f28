import { encodeJson, writeJson } from '../json/write.ts';
import type { DataVersion } from '../model/data-version.ts';
import { Members } from './members.ts';

/** `{"counter":7,"stateVersion":0,"timestamp":1700000000000}`; 4.9 has no stateVersion. Source: DataVersion. */
export function readDataVersion(members: Members | undefined): DataVersion {
  return {
    stateVersion: members?.integer('stateVersion', 0) ?? 0,
    timestamp: members?.integer('timestamp', 0) ?? 0,
    counter: members?.integer('counter', 0) ?? 0,
  };
}

/** Throws BAD_BODY. */
export function decodeDataVersion(body: Uint8Array | string): DataVersion {
  return readDataVersion(Members.parse(body, 'DataVersion'));
}

/** The body, as Apache writes it. */
export function encodeDataVersion(version: DataVersion): Buffer {
  return encodeJson(plainDataVersion(version));
}

/** The same as text: the value of a header field. */
export function dataVersionText(version: DataVersion): string {
  return writeJson(plainDataVersion(version));
}

/** For the JSON writer: without whatever else a caller's object carries. */
export function plainDataVersion(version: DataVersion): DataVersion {
  return { counter: version.counter, stateVersion: version.stateVersion, timestamp: version.timestamp };
}
