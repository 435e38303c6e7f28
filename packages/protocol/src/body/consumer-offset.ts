import type { JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import type { DataVersion } from '../model/data-version.ts';
import { plainDataVersion, readDataVersion } from './data-version.ts';
import { integerOf, Members } from './members.ts';

/** How far all groups of a broker have come. Source: ConsumerOffsetSerializeWrapper. */
export interface ConsumerOffsetSerializeWrapper {
  /** `topic@group` to queue id to queue offset. */
  readonly offsetTable: ReadonlyMap<string, ReadonlyMap<number, number>>;
  readonly dataVersion: DataVersion;
}

/** The body, as Apache writes it. */
export function encodeConsumerOffsetSerializeWrapper(wrapper: ConsumerOffsetSerializeWrapper): Buffer {
  return encodeJson(consumerOffsetMembers(wrapper));
}

/** `groupTopicMap` of 5.4 is derived and ignored; 4.9 has no data version. */
export function decodeConsumerOffsetSerializeWrapper(body: Uint8Array): ConsumerOffsetSerializeWrapper {
  return readConsumerOffsets(Members.parse(body, 'ConsumerOffsetSerializeWrapper'));
}

/** Also the form of `consumerOffset.json`. Source: ConsumerOffsetManager#encode. */
export function consumerOffsetMembers(wrapper: ConsumerOffsetSerializeWrapper): {
  readonly [member: string]: JsonInput;
} {
  return { dataVersion: plainDataVersion(wrapper.dataVersion), offsetTable: wrapper.offsetTable };
}

/** As a member of a larger body. Throws BAD_BODY. */
export function readConsumerOffsets(members: Members): ConsumerOffsetSerializeWrapper {
  return {
    offsetTable: members.numberedTables('offsetTable'),
    dataVersion: readDataVersion(members.object('dataVersion')),
  };
}

/** Progress of each delay level. Source: DelayOffsetSerializeWrapper. */
interface DelayOffsetSerializeWrapper {
  readonly offsetTable: ReadonlyMap<number, number>;
  readonly dataVersion: DataVersion;
}

/** Throws BAD_BODY. */
export function decodeDelayOffsetSerializeWrapper(body: Uint8Array): DelayOffsetSerializeWrapper {
  const members = Members.parse(body, 'DelayOffsetSerializeWrapper');
  return {
    offsetTable: members.numberedTable('offsetTable', integerOf),
    dataVersion: readDataVersion(members.object('dataVersion')),
  };
}
