import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage, encodeMessage, formatMessageProperties, printMessageProperties } from '@rocketmq-ts/protocol';
import { MessageExt } from '../src/message/message-ext.ts';

// Printed by MessageDecoder.string2messageProperties of 5.4.0, with some properties put afterwards.
test('properties print in the order of a Java map', () => {
  const names = [
    'MSG_REGION=DefaultRegion UNIQ_KEY=7F00000100 CLUSTER=DefaultCluster TRACE_ON=true WAIT=true TAGS=TagA',
    'MIN_OFFSET=0 MAX_OFFSET=250 CONSUME_START_TIME=17 KEYS=OrderID188 RETRY_TOPIC=x ORIGIN_MESSAGE_ID=y',
  ];
  const map = new Map(names.flatMap((line) => line.split(' ').map((part) => part.split('=') as [string, string])));
  assert.equal(
    printMessageProperties(map),
    '{CONSUME_START_TIME=17, ORIGIN_MESSAGE_ID=y, RETRY_TOPIC=x, MSG_REGION=DefaultRegion, UNIQ_KEY=7F00000100, CLUSTER=DefaultCluster, MIN_OFFSET=0, TAGS=TagA, KEYS=OrderID188, WAIT=true, TRACE_ON=true, MAX_OFFSET=250}',
  );
});

// Form printed by MessageExt#toString of 5.4.0.
test('a received message prints as in Java', () => {
  const record = encodeMessage({
    topic: 'T',
    queueId: 2,
    flag: 3,
    queueOffset: 9,
    physicalOffset: 1000,
    sysFlag: 0,
    bornTimestamp: 11,
    bornHost: { host: '127.0.0.1', port: 1234 },
    storeTimestamp: 12,
    storeHost: { host: '127.0.0.1', port: 10911 },
    reconsumeTimes: 1,
    preparedTransactionOffset: 0,
    body: Buffer.from('Hié'),
    propertiesText: formatMessageProperties([
      ['TAGS', 'TagA'],
      ['UNIQ_KEY', 'ABC'],
    ]),
  });
  const view = decodeMessage(record);
  const range = { minOffset: 0, maxOffset: 10, offsetDelta: undefined };
  const message = new MessageExt(view, { brokerName: 'b', queueId: 2 }, { range, consumeStartMs: 17 });
  assert.equal(
    `${message}`,
    `MessageExt [brokerName=b, queueId=2, storeSize=${record.length}, queueOffset=9, sysFlag=0, bornTimestamp=11, bornHost=/127.0.0.1:1234, storeTimestamp=12, storeHost=/127.0.0.1:10911, msgId=ABC, commitLogOffset=1000, bodyCRC=${view.bodyCrc}, reconsumeTimes=1, preparedTransactionOffset=0, toString()=Message{topic='T', flag=3, properties={CONSUME_START_TIME=17, UNIQ_KEY=ABC, MIN_OFFSET=0, TAGS=TagA, MAX_OFFSET=10}, body=[72, 105, -61, -87], transactionId='null'}]`,
  );
});
