import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { BrokerError } from '../src/index.ts';
import { ROOT, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const CONFIG = `${ROOT}/config`;

function write(name: string, content: string | Buffer): void {
  const { disk } = stage.machine();
  disk.makeDirectory(CONFIG);
  const file = disk.open(`${CONFIG}/${name}`, 'create');
  const bytes = Buffer.from(content);
  file.truncate(0);
  file.writeSync(bytes, 0, bytes.length, 0);
  file.syncSync();
  file.close();
}

const saved = (name: string): Record<string, Record<string, unknown>> => stage.saved(name);

/** What each file held, in fastjson's dialect, and what of it must come back. */
const FILES = {
  topics: {
    content: '{topicConfigTable:{"Orders":{perm:6,readQueueNums:3,topicName:"Orders",writeQueueNums:3}}}',
    kept: (): unknown => (saved('topics').topicConfigTable!.Orders as { readQueueNums: number }).readQueueNums,
    expected: 3,
  },
  subscriptionGroup: {
    content: '{subscriptionGroupTable:{"old":{groupName:"old",retryMaxTimes:5}}}',
    kept: (): unknown =>
      (saved('subscriptionGroup').subscriptionGroupTable!.old as { retryMaxTimes: number }).retryMaxTimes,
    expected: 5,
  },
  consumerOffset: {
    content: '{"offsetTable":{"Orders@old":{0:12,1:5}}}',
    kept: (): unknown => saved('consumerOffset').offsetTable!['Orders@old'],
    expected: { 0: 12, 1: 5 },
  },
  delayOffset: {
    content: '{"offsetTable":{3:7}}',
    kept: (): unknown => saved('delayOffset').offsetTable,
    // Read and then dropped: there is no queue of that level.
    expected: {},
  },
} as const;

/** Messages up to the progress in `consumerOffset`; then the broker stops. */
async function fillQueues(): Promise<void> {
  write('topics.json', FILES.topics.content);
  const broker = await stage.broker();
  const caller = await stage.caller();
  for (const [queueId, count] of [12, 5].entries())
    for (let i = 0; i < count; i++) assert.equal((await caller.send('Orders', 'x', { queueId })).code, 0);
  await stage.stop(broker);
}

/** What a crash, a disk or a hand may make of a file. */
const BROKEN = {
  torn: (content: string): string => content.slice(0, content.length - 4),
  empty: (): string => '',
  'of zeros': (content: string): Buffer => Buffer.alloc(content.length),
  'no JSON': (): string => 'no JSON at all',
  'of another shape': (): string => '[1,2,3]',
  'of another file': (): string => '{"dataVersion":{"counter":9},"otherTable":{}}',
  'of a table that is none': (content: string): string =>
    content.replace(/Table"?:.*/s, (t) => `${t.split(':')[0]}:5}`),
  'followed by something else': (content: string): string => `${content}}{`,
} as const;

for (const [name, { content, kept, expected }] of Object.entries(FILES)) {
  for (const [what, breakIt] of Object.entries(BROKEN)) {
    test(`a file ${name}.json ${what} gives way to its backup, with a warning`, async () => {
      if (name === 'consumerOffset') await fillQueues();
      if (name !== 'topics') write('topics.json', FILES.topics.content);
      if (name !== 'subscriptionGroup') write('subscriptionGroup.json', FILES.subscriptionGroup.content);
      write(`${name}.json`, breakIt(content));
      write(`${name}.json.bak`, content);
      write(`${name}.json.tmp`, content.slice(0, 9));
      const broker = await stage.broker();
      const warnings = stage.log.with('another one is taken');
      assert.deepEqual(
        warnings.map(({ fields }) => fields?.path),
        [`${CONFIG}/${name}.json`],
      );
      await stage.stop(broker);
      assert.deepEqual(kept(), expected);
      await stage.stop(await stage.broker());
      assert.deepEqual(kept(), expected);
      assert.equal(stage.log.with('another one is taken').length, 1);
    });

    test(`a broker does not start when ${name}.json is ${what} and its backup is broken, and names both`, async () => {
      write(`${name}.json`, breakIt(content));
      write(`${name}.json.bak`, content.slice(0, -1));
      const broker = stage.newBroker();
      await assert.rejects(stage.clock.run(broker.start()), (error: unknown) => {
        assert.ok(error instanceof BrokerError, String(error));
        assert.equal(error.code, 'CONFIG_FILE_BROKEN');
        assert.match(
          error.message,
          new RegExp(`neither ${CONFIG}/${name}.json nor ${CONFIG}/${name}.json.bak can be read`),
        );
        return true;
      });
      await stage.stop(broker);
    });
  }
}
