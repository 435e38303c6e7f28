import { encodeMessage, formatMessageProperties, type MessageFields } from '@rocketmq-ts/protocol';

const host = { host: '10.0.0.7', port: 4711 };

/** The record of a message of topic `T`. */
export function storedMessage(body: string, fields: Partial<MessageFields> = {}, tags?: string): Buffer {
  return encodeMessage({
    ...{ topic: 'T', queueId: 0, flag: 0, queueOffset: 4, physicalOffset: 100, sysFlag: 0, reconsumeTimes: 0 },
    ...{ bornTimestamp: 1700000009000, bornHost: host, storeTimestamp: 1700000009001, storeHost: host },
    ...{ preparedTransactionOffset: 0, body: Buffer.from(body) },
    propertiesText: formatMessageProperties(tags === undefined ? [] : [['TAGS', tags]]),
    ...fields,
  });
}
