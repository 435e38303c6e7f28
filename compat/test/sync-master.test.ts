import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import {
  encodeBatch,
  GET_MAX_OFFSET,
  type RequestInput,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
  UPDATE_BROKER_CONFIG,
} from '@rocketmq-ts/protocol';
import { brokerUnderTest } from '../support/broker-under-test.ts';
import type { Make } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { type Pair, startPair } from '../support/pair.ts';

const TEST_MS = 150_000;
const SLAVE_TIMEOUT_MS = 1500;
/** How long a slave may take to be connected, or to be missed. */
const SETTLE_MS = 45_000;
/** Ours looks at changed properties, and at how far slaves are, once a second. */
const IN_FORCE_MS = 1300;
const TOPIC = 'TopicTest';
const { SUCCESS, SYSTEM_ERROR, FLUSH_SLAVE_TIMEOUT } = ResponseCode;

/** What became of one send. */
interface Outcome {
  readonly code: number;
  readonly remark: string;
  /** It took as long as `slaveTimeout`. */
  readonly waited: boolean;
  /** The message can be read, at once or when nobody waits for slaves any more. */
  readonly stored: boolean;
}

type Properties = Readonly<Record<string, string | number | boolean>>;

/** Sends to the master of a pair under properties that are changed while it runs. */
class Sends {
  readonly #broker: ReturnType<typeof brokerUnderTest>;
  readonly table: Record<string, Outcome> = {};

  constructor(pair: Pair) {
    this.#broker = brokerUnderTest(pair.address('master'));
  }

  stop(): Promise<void> {
    return this.#broker.stop();
  }

  async row(name: string, properties: Properties, waits = true, isBatch = false): Promise<Outcome> {
    await this.#configure(properties);
    const before = await this.#end();
    const sinceMs = performance.now();
    const { code, remark } = await this.#send(waits, isBatch);
    const waited = performance.now() - sinceMs >= SLAVE_TIMEOUT_MS - 100;
    const refused = code === SYSTEM_ERROR;
    let stored = false;
    for (let tries = refused ? 3 : 60; !stored && tries > 0; tries--) {
      stored = (await this.#end()) > before;
      if (!stored) await pause(100);
    }
    // Ours adds the numbers to Apache's text.
    const outcome = {
      code,
      remark: (remark ?? '').replace(/^(in-sync replicas not enough): .*/, '$1'),
      waited,
      stored,
    };
    this.table[name] = outcome;
    return outcome;
  }

  /** Until a send under these properties gets a code. */
  async until(code: number, properties: Properties): Promise<void> {
    await this.#configure(properties);
    let last = -1;
    for (const giveUpMs = performance.now() + SETTLE_MS; performance.now() < giveUpMs; await pause(200)) {
      last = (await this.#send(true, false)).code;
      if (last === code) return;
    }
    assert.equal(last, code);
  }

  async #configure(properties: Properties): Promise<void> {
    const text = Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join('');
    const { code, remark } = await this.#broker.ask(UPDATE_BROKER_CONFIG, {}, Buffer.from(text));
    assert.equal(code, SUCCESS, remark);
    if (text !== '') await pause(IN_FORCE_MS);
  }

  async #end(): Promise<number> {
    const { code, header } = await this.#broker.ask(GET_MAX_OFFSET, { topic: TOPIC, queueId: 0 });
    return code === SUCCESS ? header.offset : 0;
  }

  #send(waits: boolean, isBatch: boolean): Promise<{ readonly code: number; readonly remark?: string | undefined }> {
    const properties = waits ? '' : 'WAIT\u0001false\u0002';
    const header: RequestInput<typeof SEND_MESSAGE_V2> = {
      ...{ producerGroup: 'sync', topic: TOPIC, defaultTopic: 'TBW102', defaultTopicQueueNums: 4, queueId: 0 },
      ...{ sysFlag: 0, bornTimestamp: Date.now(), flag: 0, reconsumeTimes: 0, unitMode: false, batch: isBatch },
      properties,
    };
    if (!isBatch) return this.#broker.ask(SEND_MESSAGE_V2, header, Buffer.from('body'));
    const members = ['one', 'two'].map((text) => ({ flag: 0, body: Buffer.from(text), propertiesText: '' }));
    return this.#broker.ask(SEND_BATCH_MESSAGE, header, encodeBatch(members));
  }
}

/** Without slaveActingMaster: no slave, a slave, one that is stopped. */
async function plainRows(pair: Pair, sends: Sends): Promise<void> {
  await sends.row('no slave, 1 of 1', { inSyncReplicas: 1 });
  await sends.row('no slave, 2 needed', { inSyncReplicas: 2 });
  await sends.row('no slave, 2 needed, batch', {}, true, true);
  await sends.row('no slave, 2 needed, WAIT=false', {}, false);
  await sends.row('no slave, 1 needed, minInSyncReplicas 2', { inSyncReplicas: 1, minInSyncReplicas: 2 });
  await sends.row('no slave, 2 needed, automatic', {
    inSyncReplicas: 2,
    minInSyncReplicas: 1,
    enableAutoInSyncReplicas: true,
  });
  await pair.start('slave');
  await sends.until(SUCCESS, { enableAutoInSyncReplicas: false });
  await sends.row('slave, 2 needed', {});
  await sends.row('slave, 2 needed, batch', {}, true, true);
  await sends.row('slave, 3 needed', { inSyncReplicas: 3 });
  pair.pause('slave');
  await sends.row('stopped slave, 2 needed', { inSyncReplicas: 2 });
  await sends.row('stopped slave, 2 needed, WAIT=false', {}, false);
  await sends.row('stopped slave, 1 needed', { inSyncReplicas: 1 });
  pair.resume('slave');
  await sends.until(SUCCESS, { inSyncReplicas: 2 });
}

/** With slaveActingMaster what is in sync is counted before anything is stored. */
async function actingRows(pair: Pair, sends: Sends): Promise<void> {
  await sends.until(SUCCESS, { inSyncReplicas: 2 });
  await sends.row('acting: slave, 2 needed', {});
  await sends.row('acting: slave, 3 needed', { inSyncReplicas: 3 });
  await sends.row('acting: slave, 3 needed, automatic', { enableAutoInSyncReplicas: true });
  pair.pause('slave');
  await sends.row('acting: stopped slave, 2 needed', { inSyncReplicas: 2, enableAutoInSyncReplicas: false });
  await sends.row('acting: stopped slave, too far behind', { haMaxGapNotInSync: 1 });
  await sends.row('acting: too far behind, batch', {}, true, true);
  await sends.row('acting: too far behind, WAIT=false', {}, false);
  await sends.row('acting: too far behind, automatic', { enableAutoInSyncReplicas: true });
  await sends.row('acting: too far behind, automatic, at least 2', { minInSyncReplicas: 2 });
  pair.resume('slave');
}

async function tableOf(make: Make, pairs: Pair[]): Promise<Record<string, Outcome>> {
  const tables = await Promise.all(
    [plainRows, actingRows].map(async (rows) => {
      const properties = { slaveTimeout: SLAVE_TIMEOUT_MS, enableSlaveActingMaster: rows === actingRows };
      const pair = await startPair({ master: make, slave: 'ours' }, properties);
      pairs.push(pair);
      await pair.start('master');
      if (rows === actingRows) await pair.start('slave');
      const sends = new Sends(pair);
      try {
        await rows(pair, sends);
      } finally {
        await sends.stop();
      }
      return sends.table;
    }),
  );
  return Object.assign({}, ...tables) as Record<string, Outcome>;
}

// Source: CommitLog#asyncPutMessage, CommitLog#calcNeedAckNums, GroupTransferService.
suite('SYNC_MASTER answers as Apache’s does', { skip: unlessJava() }, () => {
  const pairs: Pair[] = [];
  after(() => Promise.all(pairs.map((pair) => pair.end())));

  test('codes, remarks, what waits and what is stored are the same', { timeout: TEST_MS }, async () => {
    const [apache, ours] = await Promise.all([tableOf('apache', pairs), tableOf('ours', pairs)]);
    assert.deepEqual(ours, apache);
    const codes = (names: RegExp): number[] =>
      Object.entries(apache).flatMap(([name, { code }]) => (names.test(name) ? code : []));
    assert.ok(codes(/WAIT=false/).every((code) => code === SUCCESS));
    assert.deepEqual(new Set(codes(/./)), new Set([SUCCESS, FLUSH_SLAVE_TIMEOUT, SYSTEM_ERROR]));
    assert.ok(Object.values(apache).every(({ code, stored }) => stored === (code !== SYSTEM_ERROR)));
  });
});
