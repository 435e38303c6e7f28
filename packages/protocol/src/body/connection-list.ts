import { encodeJson } from '../json/write.ts';
import {
  CONSUME_FROM_WHERES,
  CONSUME_TYPES,
  type ConsumeFromWhere,
  type ConsumeType,
  MESSAGE_MODELS,
  type MessageModel,
} from '../model/consumer.ts';
import { type Language, LanguageCode } from '../model/language.ts';
import { Members } from './members.ts';
import { readSubscriptionData, type SubscriptionData, subscriptionDataJson } from './subscription-data.ts';

const LANGUAGES = Object.keys(LanguageCode) as Language[];

/** One client of a group. Source: Connection. */
export interface ClientConnection {
  readonly clientId: string;
  /** `host:port`. */
  readonly clientAddr: string;
  readonly language: Language;
  readonly version: number;
}

/** Who consumes in a group, and what. Source: ConsumerConnection. */
export interface ConsumerConnection {
  readonly connectionSet: readonly ClientConnection[];
  readonly subscriptionTable: ReadonlyMap<string, SubscriptionData>;
  readonly consumeType: ConsumeType;
  readonly messageModel: MessageModel;
  readonly consumeFromWhere: ConsumeFromWhere;
}

/** The body, as Apache writes it. */
export function encodeConsumerConnection(connection: ConsumerConnection): Buffer {
  return encodeJson({
    connectionSet: connection.connectionSet,
    consumeFromWhere: connection.consumeFromWhere,
    consumeType: connection.consumeType,
    messageModel: connection.messageModel,
    subscriptionTable: new Map(
      [...connection.subscriptionTable].map(([topic, data]) => [topic, subscriptionDataJson(data)]),
    ),
  });
}

/** Throws BAD_BODY. */
export function decodeConsumerConnection(body: Uint8Array): ConsumerConnection {
  const members = Members.parse(body, 'ConsumerConnection');
  return {
    connectionSet: members.objects('connectionSet').map(readConnection),
    subscriptionTable: members.table('subscriptionTable', readSubscriptionData),
    consumeType: members.choice('consumeType', CONSUME_TYPES, 'CONSUME_PASSIVELY'),
    messageModel: members.choice('messageModel', MESSAGE_MODELS, 'CLUSTERING'),
    consumeFromWhere: members.choice('consumeFromWhere', CONSUME_FROM_WHERES, 'CONSUME_FROM_LAST_OFFSET'),
  };
}

/** Who produces in a group. Source: ProducerConnection. */
export function encodeProducerConnection(connectionSet: readonly ClientConnection[]): Buffer {
  return encodeJson({ connectionSet });
}

/** Throws BAD_BODY. */
export function decodeProducerConnection(body: Uint8Array): ClientConnection[] {
  return Members.parse(body, 'ProducerConnection').objects('connectionSet').map(readConnection);
}

function readConnection(members: Members): ClientConnection {
  return {
    clientId: members.text('clientId', ''),
    clientAddr: members.text('clientAddr', ''),
    language: members.choice('language', LANGUAGES, 'OTHER'),
    version: members.integer('version', 0),
  };
}

/** One producer with its address. Source: ProducerInfo. */
export interface ProducerInfo {
  readonly clientId: string;
  /** `/host:port`, with the slash. */
  readonly remoteIP: string;
  readonly language: Language;
  readonly version: number;
  readonly lastUpdateTimestamp: number;
}

/** All producers by group. Source: ProducerTableInfo. */
export function encodeProducerTableInfo(table: ReadonlyMap<string, readonly ProducerInfo[]>): Buffer {
  return encodeJson({ data: table });
}

/** Throws BAD_BODY. */
export function decodeProducerTableInfo(body: Uint8Array): Map<string, ProducerInfo[]> {
  return Members.parse(body, 'ProducerTableInfo').listTable('data', (members) => ({
    clientId: members.text('clientId', ''),
    remoteIP: members.text('remoteIP', ''),
    language: members.choice('language', LANGUAGES, 'OTHER'),
    version: members.integer('version', 0),
    lastUpdateTimestamp: members.integer('lastUpdateTimestamp', 0),
  }));
}
