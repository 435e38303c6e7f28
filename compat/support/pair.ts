import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import { type ApacheServer, brokerPortOffsets, freePort, startApacheBroker } from '@rocketmq-ts/testkit/java';
import { type OurServer, runOurCommand, startOurBroker } from '@rocketmq-ts/testkit/processes';
import { asked, logEndOf, runtimeFacts } from './broker-under-test.ts';
import { type Make, startNamesrv } from './cluster.ts';

type Properties = Readonly<Record<string, string | number | boolean>>;
type Side = 'master' | 'slave';

const DEADLINE_MS = 40_000;

/** A master and a slave of either make, with a name server of ours: real processes that are started, stopped and killed. */
export interface Pair {
  readonly home: string;
  readonly namesrv: string;
  /** Properties that both have at their next start, and those of one side. */
  readonly properties: { both: Properties; master: Properties; slave: Properties };
  start(side: Side): Promise<void>;
  stop(side: Side): Promise<void>;
  kill(side: Side): Promise<void>;
  /** The process does nothing until it is resumed; its connections stay. */
  pause(side: Side): void;
  resume(side: Side): void;
  address(side: Side): string;
  haAddress(side: Side): string;
  storeOf(side: Side): string;
  logOf(side: Side): string;
  /** Sends messages one after the other, and returns the codes of the answers. */
  send(count: number, bytes?: number): Promise<number[]>;
  /** Runtime facts of a broker. */
  facts(side: Side): Promise<ReadonlyMap<string, string>>;
  /** Waits until the slave's log ends where the master's does, and holds both against each other byte for byte. */
  assertCopied(): Promise<void>;
  /** Holds the slave's queues and index against its log; the slave does not run. */
  assertVerified(): Promise<void>;
  end(): Promise<void>;
}

/** With a name server of its own, or at the one of another pair. */
export async function startPair(
  makes: Readonly<Record<Side, Make>>,
  both: Properties = {},
  at?: Pick<Pair, 'namesrv'>,
): Promise<Pair> {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-pair-'));
  const own = at === undefined ? await startNamesrv('ours', join(home, 'namesrv')) : undefined;
  const namesrv = at?.namesrv ?? own!.address;
  const ports = { master: await freePort(brokerPortOffsets), slave: await freePort(brokerPortOffsets) };
  const running: Partial<Record<Side, OurServer | ApacheServer>> = {};
  const storeOf = (side: Side): string => join(home, side, 'store');
  const pair: Pair = {
    home,
    namesrv,
    properties: { both, master: {}, slave: {} },
    storeOf,
    address: (side) => `127.0.0.1:${ports[side]}`,
    haAddress: (side) => `127.0.0.1:${ports[side] + 1}`,
    logOf: (side) => running[side]?.output() ?? '',
    start: async (side) => {
      const role =
        side === 'master' ? { brokerRole: 'SYNC_MASTER', brokerId: 0 } : { brokerRole: 'SLAVE', brokerId: 1 };
      const options = {
        ...{ home: join(home, side), namesrv, port: ports[side], storeDirectory: storeOf(side) },
        properties: { brokerIP2: '127.0.0.1', ...role, ...pair.properties.both, ...pair.properties[side] },
      };
      running[side] =
        makes[side] === 'ours'
          ? await startOurBroker(options)
          : await startApacheBroker({ ...options, awaitRegistration: false });
    },
    stop: async (side) => {
      await running[side]?.stop(60_000);
    },
    kill: async (side) => {
      await running[side]?.kill();
    },
    pause: (side) => void process.kill(running[side]!.pid, 'SIGSTOP'),
    resume: (side) => void process.kill(running[side]!.pid, 'SIGCONT'),
    send: (count, bytes = 300) => send(pair.address('master'), count, bytes),
    facts: (side) => runtimeFacts(pair.address(side)),
    assertCopied: () => assertCopied(pair),
    assertVerified: async () => {
      const { code, output } = await runOurCommand('mqstore', ['verify', storeOf('slave')], {
        home: join(home, 'mqstore'),
      });
      assert.equal(code, 0, output);
    },
    end: async () => {
      await Promise.all([running.master?.kill(), running.slave?.kill(), own?.kill()]);
      rmSync(home, { recursive: true, force: true });
    },
  };
  return pair;
}

function send(address: string, count: number, bytes: number): Promise<number[]> {
  return asked(address, async (broker) => {
    const codes: number[] = [];
    for (let i = 0; i < count; i++) {
      const header = {
        ...{ producerGroup: 'pair', topic: 'TopicTest', defaultTopic: 'TBW102', defaultTopicQueueNums: 4 },
        ...{ queueId: i % 4, sysFlag: 0, bornTimestamp: Date.now(), flag: 0, reconsumeTimes: 0, unitMode: false },
        ...{ batch: false, properties: `KEYS\u0001key${i}\u0002UNIQ_KEY\u0001${Date.now()}-${i}` },
      };
      codes.push((await broker.ask(SEND_MESSAGE_V2, header, Buffer.alloc(bytes, `${i} `))).code);
    }
    return codes;
  });
}

async function assertCopied(pair: Pair): Promise<void> {
  let ends: readonly (string | undefined)[] = [];
  for (const giveUpAt = Date.now() + DEADLINE_MS; Date.now() < giveUpAt; await pause(100)) {
    ends = await Promise.all((['master', 'slave'] as const).map((side) => logEndOf(pair.address(side))));
    if (ends[0] !== undefined && ends[0] === ends[1]) break;
  }
  assert.equal(ends[1], ends[0], 'the slave is not where its master is');
  const end = Number(ends[0]);
  const folder = (side: Side): string => join(pair.storeOf(side), 'commitlog');
  const names = readdirSync(folder('slave')).filter((name) => Number(name) < end);
  assert.ok(names.length > 0);
  for (const name of names) {
    const [master, slave] = (['master', 'slave'] as const).map((side) =>
      readFileSync(join(folder(side), name)).subarray(0, end - Number(name)),
    );
    assert.ok(master!.equals(slave!), `the logs differ in ${name}`);
  }
}
