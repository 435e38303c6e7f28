import { nodePlatform, sleep } from '@rocketmq-ts/kernel';
import { SeededRandom } from '@rocketmq-ts/testing/simulated';
import { type OurServer, startOurBroker, startOurNamesrv } from '../processes.ts';
import { BrokerClient } from './broker-client.ts';
import { FirstSends } from './first-sends.ts';
import { TortureHistory } from './history.ts';
import { LateHistory } from './late-history.ts';
import { awaitLate, type LateContext, produceLate, readLate } from './late-load.ts';
import { consume, type LoadContext, produce, readBack } from './load.ts';
import { askUnread, memoryViolation } from './unread-load.ts';

interface TortureOptions {
  readonly cycles: number;
  readonly seed: number;
  /** Working folder: stores, logs, properties files. */
  readonly folder: string;
  readonly print: (line: string) => void;
}

interface TortureResult {
  readonly cycles: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly consumed: number;
  readonly lost: number;
  readonly violations: readonly string[];
}

const QUEUES = 6;
const PRODUCERS = 3;
const TOPIC = 'Torture';
/** Small files, so that they roll many times; progress is stored often, so that a wrong one would be seen. */
const PROPERTIES = {
  mappedFileSizeCommitLog: 1_048_576,
  mappedFileSizeConsumeQueue: 20_000,
  flushConsumerOffsetInterval: 200,
};
/** What a busy machine may add to an interval. */
const SLACK_MS = 3000;
/** In every other cycle the syncs of small files take so much longer. */
const SLOW_SAVED_FILES_MS = 50;
const SLOW_SAVED_FILES = new URL('./slow-saved-files.ts', import.meta.url).href;
/** Of level 1. */
const DELAY_MS = 1000;

type Ending = 'kill' | 'kill while stopping' | 'stop';

const slowSmallFiles = {
  NODE_OPTIONS: `--import=${SLOW_SAVED_FILES}`,
  SLOW_SAVED_FILES_MS: String(SLOW_SAVED_FILES_MS),
};

const violationOf =
  (history: TortureHistory) =>
  (text: string): void =>
    history.violation(text);

/**
 * Starts a broker of ours, loads it, ends it at a moment that the seed chooses (mostly with SIGKILL), starts it again on
 * the same store, reads everything back and checks it: `cycles` times. ASYNC_FLUSH and SYNC_FLUSH take turns.
 */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const random = new SeededRandom(options.seed);
  const history = new TortureHistory(QUEUES);
  const sequences = Array.from({ length: PRODUCERS }, () => ({ sequence: 0 }));
  const violation = violationOf(history);
  const late: LateContext = {
    delayed: new LateHistory('delayed messages', DELAY_MS, violation),
    sentBack: new LateHistory('messages sent back', DELAY_MS, violation),
    topics: new Set(),
    positions: new Map(),
    next: { sequence: 0 },
  };
  const keyed = new Set<number>();
  const namesrv = await startOurNamesrv({ home: `${options.folder}/namesrv` });
  let port: number | undefined;
  let broker: OurServer | undefined;
  const firstSends = new FirstSends();
  const startBroker = async (flushDiskType: string, timeoutMs = 20_000, slow = false): Promise<OurServer> => {
    const started = await startOurBroker({
      home: `${options.folder}/broker`,
      namesrv: namesrv.address,
      properties: { ...PROPERTIES, flushDiskType },
      timeoutMs,
      ...(slow ? { environment: slowSmallFiles } : {}),
      ...(port === undefined ? {} : { port }),
    });
    port = started.port;
    return started;
  };
  try {
    for (let cycle = 1; cycle <= options.cycles && history.violations.length === 0; cycle++) {
      const mode = cycle % 2 === 1 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH';
      const ending = random.chance(0.8) ? 'kill' : random.pick<Ending>(['kill while stopping', 'stop']);
      const loadMs = random.between(100, 1500);
      // Killed in the moment in which a new topic's first message is acknowledged, or at any.
      const atFirstSend = ending === 'kill' && random.chance(0.5);
      const slow = random.chance(0.5);
      broker = await startBroker(mode, undefined, slow);
      const { address } = broker;
      const { sentBack } = late;
      const context: LoadContext = { address, topic: TOPIC, history, keyed, sentBack, running: true };
      if (cycle === 1) await createTopic(context);
      const load = [
        ...sequences.map((sequence, producer) => produce(context, producer + 1, sequence, random.fork())),
        consume(context, [0, 1, 2], random.fork()),
        consume(context, [3, 4, 5], random.fork()),
        produceLate(context, late, random.fork()),
        firstSends.produce(context),
      ];
      const unread = random.chance(0.5);
      if (unread) load.push(askUnread(context, QUEUES, random.fork()));
      const atLast = sleep(nodePlatform.clock, atFirstSend ? loadMs + SLACK_MS : loadMs);
      await (atFirstSend ? Promise.race([firstSends.moreAcknowledged(random.between(1, 5)), atLast]) : atLast);
      const endedMs = nodePlatform.clock.now();
      const memory = memoryViolation(broker);
      if (memory !== undefined) violation(memory);
      await end(broker, ending, random);
      context.running = false;
      await Promise.all(load);
      history.progress.ended(ending === 'stop' ? Number.POSITIVE_INFINITY : endedMs - SLACK_MS);
      // Starts that are killed in the middle of recovery, or before or after it.
      while (random.chance(0.3))
        await startBroker(mode, random.between(100, 600)).then(
          (started) => started.kill(),
          () => {},
        );
      broker = await startBroker(mode);
      const stored = await readBack({ ...context, address: broker.address });
      history.checkOrder();
      await readLate(broker.address, late, violation);
      history.lostCount += await firstSends.check(broker.address, violation);
      if (cycle === options.cycles) history.lostCount += await awaitLate(broker.address, late, violation);
      options.print(
        `cycle ${cycle}: ${mode}, ${ending} ${atFirstSend ? 'at the first send of a topic' : `after ${loadMs} ms`}${slow ? ', small files slow' : ''}${unread ? ', answers unread' : ''}; ${stored} stored, ${history.acknowledgedCount} acknowledged so far, ` +
          `${late.delayed.acceptedCount} delayed, ${late.sentBack.acceptedCount} sent back, ${late.topics.size} topics made, ${firstSends.acknowledged.length} by their first message`,
      );
      // The next start must find an unclean store again: so the broker that was only read from is killed, too.
      await broker.kill();
      broker = undefined;
    }
  } finally {
    await broker?.kill();
    await namesrv.kill();
  }
  return {
    cycles: options.cycles,
    acknowledged: history.acknowledgedCount,
    unknown: history.unknownCount,
    consumed: history.consumedCount,
    lost: history.lostCount,
    violations: history.violations,
  };
}

async function createTopic(context: LoadContext): Promise<void> {
  const client = new BrokerClient(context.address, context.topic);
  await client.createTopic(QUEUES);
  await client.createTopic(1, 'TortureLater');
  await client.stop();
}

async function end(broker: OurServer, ending: Ending, random: SeededRandom): Promise<void> {
  if (ending === 'kill') await broker.kill();
  else await broker.stop(ending === 'stop' ? 20_000 : random.between(0, 150));
}
