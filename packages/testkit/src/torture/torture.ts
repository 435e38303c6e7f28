import { nodePlatform, sleep } from '@rocketmq-ts/kernel';
import { type OurServer, startOurBroker, startOurNamesrv } from '../processes.ts';
import { SeededRandom } from '../random.ts';
import { BrokerClient } from './broker-client.ts';
import { TortureHistory } from './history.ts';
import { consume, type LoadContext, produce, readBack } from './load.ts';

export interface TortureOptions {
  readonly cycles: number;
  readonly seed: number;
  /** Working folder: stores, logs, properties files. */
  readonly folder: string;
  readonly print: (line: string) => void;
}

export interface TortureResult {
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

type Ending = 'kill' | 'kill while stopping' | 'stop';

/**
 * Starts a broker of ours, loads it, ends it at a moment that the seed chooses (mostly with SIGKILL), starts it again on
 * the same store, reads everything back and checks it: `cycles` times. ASYNC_FLUSH and SYNC_FLUSH take turns.
 */
export async function torture(options: TortureOptions): Promise<TortureResult> {
  const random = new SeededRandom(options.seed);
  const history = new TortureHistory(QUEUES);
  const sequences = Array.from({ length: PRODUCERS }, () => ({ sequence: 0 }));
  const namesrv = await startOurNamesrv({ home: `${options.folder}/namesrv` });
  let port: number | undefined;
  let broker: OurServer | undefined;
  const startBroker = async (flushDiskType: string, timeoutMs = 20_000): Promise<OurServer> => {
    const started = await startOurBroker({
      home: `${options.folder}/broker`,
      namesrv: namesrv.address,
      properties: { ...PROPERTIES, flushDiskType },
      timeoutMs,
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
      broker = await startBroker(mode);
      const context: LoadContext = { address: broker.address, topic: TOPIC, history, running: true };
      if (cycle === 1) await createTopic(context);
      const load = [
        ...sequences.map((sequence, producer) => produce(context, producer + 1, sequence, random.fork())),
        consume(context, [0, 1, 2], random.fork()),
        consume(context, [3, 4, 5], random.fork()),
      ];
      await sleep(nodePlatform.clock, loadMs);
      await end(broker, ending, random);
      context.running = false;
      await Promise.all(load);
      // A start that is killed in the middle of recovery, or before or after it.
      if (random.chance(0.2))
        await startBroker(mode, random.between(100, 600)).then(
          (started) => started.kill(),
          () => {},
        );
      broker = await startBroker(mode);
      const stored = await readBack({ ...context, address: broker.address });
      history.checkOrder();
      options.print(
        `cycle ${cycle}: ${mode}, ${ending} after ${loadMs} ms; ${stored} stored, ${history.acknowledgedCount} acknowledged so far`,
      );
      // What comes next finds an unclean store again: the broker that was only read from goes without a word, too.
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
  await client.stop();
}

async function end(broker: OurServer, ending: Ending, random: SeededRandom): Promise<void> {
  if (ending === 'kill') await broker.kill();
  else await broker.stop(ending === 'stop' ? 20_000 : random.between(0, 150));
}
