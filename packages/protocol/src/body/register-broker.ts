import { constants, deflateSync, inflateSync } from 'node:zlib';
import { protocolError } from '../errors.ts';
import { parseJson } from '../json/read.ts';
import { encodeJson, writeJson } from '../json/write.ts';
import { TOPIC_FILTER_TYPES } from '../model/consumer.ts';
import { createTopicConfig, type TopicConfig } from '../model/topic-config.ts';
import { MQVersion } from '../model/version.ts';
import { decodeDataVersion, encodeDataVersion } from './data-version.ts';
import { Members } from './members.ts';
import { queueMappingJson, readTopicQueueMappingInfo, type TopicQueueMappingInfo } from './queue-mapping.ts';
import { readTopicConfigWrapper, type TopicConfigSerializeWrapper, topicConfigWrapperJson } from './topic-table.ts';

/** What a broker reports to name servers about itself. Source: RegisterBrokerBody. */
export interface RegisterBrokerBody {
  readonly topicConfigSerializeWrapper: TopicConfigSerializeWrapper;
  readonly filterServerList: readonly string[];
}

/** An inflated body larger than this is refused. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024;
const ZLIB_FIRST_BYTE = 0x78;

/**
 * `version` is that of the command, which decides whether queue mappings are part of a compressed body.
 *
 * Compressed form, one zlib stream over (lengths and counts in 4 bytes):
 * 1. length, DataVersion as JSON
 * 2. count of topics; each: length, `name readQueueNums writeQueueNums perm filterType attributes`
 * 3. length, filter servers as a JSON array
 * 4. from version 413 on: count; each: length, TopicQueueMappingInfo as JSON
 */
export function encodeRegisterBrokerBody(
  body: RegisterBrokerBody,
  options: { readonly compressed: boolean; readonly version: number },
): Buffer {
  if (!options.compressed) {
    return encodeJson({
      filterServerList: body.filterServerList,
      topicConfigSerializeWrapper: topicConfigWrapperJson(body.topicConfigSerializeWrapper),
    });
  }
  const { dataVersion, topicConfigTable, topicQueueMappingInfoMap } = body.topicConfigSerializeWrapper;
  const pieces: Buffer[] = [];
  addPiece(pieces, encodeDataVersion(dataVersion));
  addCount(pieces, topicConfigTable.size);
  for (const config of topicConfigTable.values()) addPiece(pieces, Buffer.from(topicLine(config), 'utf8'));
  addPiece(pieces, encodeJson(body.filterServerList));
  if (options.version >= MQVersion.V5_0_0) {
    addCount(pieces, topicQueueMappingInfoMap.size);
    for (const info of topicQueueMappingInfoMap.values()) addPiece(pieces, encodeJson(queueMappingJson(info)));
  }
  return deflateSync(Buffer.concat(pieces), { level: constants.Z_BEST_COMPRESSION });
}

/**
 * Whether it is compressed shows in its first byte, so a header that says otherwise does no harm. An uncompressed body of
 * very old brokers is the topic table alone. Throws BAD_BODY.
 */
export function decodeRegisterBrokerBody(body: Uint8Array, version: number): RegisterBrokerBody {
  if (body[0] === ZLIB_FIRST_BYTE) return decodeCompressed(body, version);
  const members = Members.parse(body, 'RegisterBrokerBody');
  return {
    topicConfigSerializeWrapper: readTopicConfigWrapper(members.object('topicConfigSerializeWrapper') ?? members),
    filterServerList: members.texts('filterServerList'),
  };
}

function decodeCompressed(body: Uint8Array, version: number): RegisterBrokerBody {
  const pieces = new PieceReader(inflate(body));
  const dataVersion = decodeDataVersion(pieces.piece());
  const topicConfigTable = new Map<string, TopicConfig>();
  for (let left = pieces.count(); left > 0; left--) {
    const config = readTopicLine(pieces.piece().toString('utf8'));
    topicConfigTable.set(config.topicName, config);
  }
  const filterServerList = readTexts(pieces.piece());
  const topicQueueMappingInfoMap = new Map<string, TopicQueueMappingInfo>();
  if (version >= MQVersion.V5_0_0) {
    for (let left = pieces.count(); left > 0; left--) {
      const info = readTopicQueueMappingInfo(Members.parse(pieces.piece(), 'TopicQueueMappingInfo'));
      topicQueueMappingInfoMap.set(info.topic, info);
    }
  }
  const mappingDataVersion = { stateVersion: 0, timestamp: 0, counter: 0 };
  return {
    topicConfigSerializeWrapper: {
      ...{ topicConfigTable, dataVersion, mappingDataVersion, topicQueueMappingInfoMap },
      topicQueueMappingDetailMap: new Map(),
    },
    filterServerList,
  };
}

function inflate(body: Uint8Array): Buffer {
  try {
    return inflateSync(body, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (cause) {
    throw protocolError('BAD_BODY', 'RegisterBrokerBody: it cannot be inflated', { cause });
  }
}

function readTexts(json: Buffer): string[] {
  const value = json.length === 0 ? [] : parseJson(json);
  if (!Array.isArray(value))
    throw protocolError('BAD_BODY', 'RegisterBrokerBody.filterServerList: an array is expected');
  return value.map(String);
}

function topicLine(config: TopicConfig): string {
  const { topicName, readQueueNums, writeQueueNums, perm, topicFilterType, attributes } = config;
  return `${topicName} ${readQueueNums} ${writeQueueNums} ${perm} ${topicFilterType} ${writeJson(attributes)}`;
}

/** 4.9 writes no attributes; `order` and `topicSysFlag` are never there. Source: TopicConfig#decode. */
function readTopicLine(line: string): TopicConfig {
  const [topicName, readQueueNums, writeQueueNums, perm, filterType, ...attributes] = line.split(' ');
  const topicFilterType = TOPIC_FILTER_TYPES.find((type) => type === filterType);
  if (!topicName || topicFilterType === undefined) throw badLine(line);
  return createTopicConfig(topicName, {
    readQueueNums: wholeNumber(readQueueNums, line),
    writeQueueNums: wholeNumber(writeQueueNums, line),
    perm: wholeNumber(perm, line),
    topicFilterType,
    attributes: readAttributes(attributes.join(' ')),
  });
}

function readAttributes(json: string): Record<string, string> {
  if (json === '' || json === 'null') return {};
  return Object.fromEntries(
    Members.parse(`{"attributes":${json}}`, 'RegisterBrokerBody.topic').textTable('attributes'),
  );
}

function wholeNumber(text: string | undefined, line: string): number {
  if (text === undefined || !/^-?\d+$/.test(text)) throw badLine(line);
  return Number(text);
}

function badLine(line: string): Error {
  return protocolError('BAD_BODY', `RegisterBrokerBody.topic: "${line.slice(0, 200)}" is no topic`);
}

function addCount(pieces: Buffer[], count: number): void {
  const word = Buffer.alloc(4);
  word.writeInt32BE(count);
  pieces.push(word);
}

function addPiece(pieces: Buffer[], bytes: Buffer): void {
  addCount(pieces, bytes.length);
  pieces.push(bytes);
}

class PieceReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  count(): number {
    if (this.#at + 4 > this.#bytes.length) throw this.#short();
    const count = this.#bytes.readInt32BE(this.#at);
    this.#at += 4;
    return count;
  }

  piece(): Buffer {
    const length = this.count();
    if (length < 0 || this.#at + length > this.#bytes.length) throw this.#short();
    const piece = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return piece;
  }

  #short(): Error {
    return protocolError('BAD_BODY', `RegisterBrokerBody: a length at byte ${this.#at} points past the end`);
  }
}
