import { tagCode } from '@rocketmq-ts/filter';
import { silentLogger } from '@rocketmq-ts/kernel';
import { compressBody, compressionFlags, MessageSysFlag } from '@rocketmq-ts/protocol';
import { createMessageStore } from '@rocketmq-ts/store';
import { recordOf, type SimulatedPlatform, simulatedPlatform, smallStore } from '@rocketmq-ts/testkit';

export const ROOT = '/store';

interface Wanted {
  readonly topic: string;
  readonly queueId?: number;
  readonly body: Buffer;
  readonly properties: Readonly<Record<string, string>>;
  readonly sysFlag?: number;
}

const MESSAGES: readonly Wanted[] = [
  {
    topic: 'Orders',
    body: Buffer.from('first „order“'),
    properties: { TAGS: 'paid', KEYS: 'order-1 customer-7', UNIQ_KEY: 'AC1100010001' },
  },
  { topic: 'Orders', queueId: 3, body: Buffer.from('ff00', 'hex'), properties: { TAGS: 'open', colour: 'red' } },
  {
    topic: 'Orders',
    body: compressBody('ZLIB', Buffer.from('x'.repeat(100))),
    properties: {},
    sysFlag: compressionFlags('ZLIB'),
  },
  {
    topic: 'Half',
    body: Buffer.from('half'),
    properties: { KEYS: 'order-1' },
    sysFlag: MessageSysFlag.TRANSACTION_PREPARED,
  },
  { topic: 'Orders', body: Buffer.from('no zlib'), properties: {}, sysFlag: compressionFlags('ZLIB') },
];

/** A simulated disk with a store of five messages, one a second, that was stopped cleanly. */
export async function stored(): Promise<SimulatedPlatform> {
  const platform = simulatedPlatform(1);
  const store = createMessageStore({
    platform,
    logger: silentLogger,
    ...smallStore,
    root: ROOT,
  });
  await store.start();
  for (const { topic, queueId, body, properties, sysFlag } of MESSAGES) {
    store.put(
      recordOf({
        topic,
        queueId: queueId ?? 0,
        sysFlag: sysFlag ?? 0,
        bornTimestamp: platform.clock.now() - 5,
        body,
        properties: Object.entries(properties)
          .map(([name, value]) => `${name}\x01${value}\x02`)
          .join(''),
        tagsCode: tagCode(properties.TAGS),
      }),
      { stored: () => {} },
      true,
    );
    await platform.clock.advance(1000);
  }
  await platform.clock.run(store.stop());
  platform.disk.makeDirectory(`${ROOT}/config`);
  writeFile(platform, 'config/delayOffset.json', '{"offsetTable":{"1":4}}');
  const version = '"dataVersion":{"counter":3,"stateVersion":0,"timestamp":1700000000000}';
  writeFile(platform, 'config/topics.json', `{${version},"topicConfigTable":{"Orders":{}}}`);
  return platform;
}

/** Writes to a file of the store, which is made when it is missing. */
export function writeFile(platform: SimulatedPlatform, path: string, text: string, position = 0): void {
  const bytes = Buffer.from(text);
  const file = platform.disk.open(`${ROOT}/${path}`, 'create');
  file.writeSync(bytes, 0, bytes.length, position);
  file.close();
}
