import { setTimeout as pause } from 'node:timers/promises';
import { bodyOf, idOf, monotonicMs } from '../history/events.ts';
import type { HistoryWriter } from '../history/history-file.ts';
import { BrokerProbe } from '../wire/broker-probe.ts';
import type { StoredMessage } from '../wire/stored-message.ts';
import type { ReadJob, TopicJob, WatchedNode, WatchJob } from './job.ts';

const WATCH_PAUSE_MS = 500;
const TOPIC_LIMIT_MS = 60_000;
/** For one node. */
const READ_LIMIT_MS = 60_000;
const RETRY_PAUSE_MS = 300;
const REPLICATION_LIMIT_MS = 30_000;

/**
 * Makes the topic at the master of each broker name, and waits until its slaves have copied it: a master that is killed before takes the
 * topic with it, at Apache's interval of ten seconds as well.
 */
export async function makeTopic(job: TopicJob): Promise<void> {
  const giveUpAt = monotonicMs() + TOPIC_LIMIT_MS;
  const missing = new Set(job.nodes.map(({ broker }) => broker));
  for (; missing.size > 0; await pause(RETRY_PAUSE_MS)) {
    const masters = await mastersOf(job);
    for (const broker of missing) {
      const master = masters.get(broker);
      if (master === undefined) continue;
      const probe = new BrokerProbe(master.address);
      await probe.createTopic(job.topic, job.queues).then(
        () => missing.delete(broker),
        (error) => console.log(String(error)),
      );
      probe.close();
    }
    if (monotonicMs() > giveUpAt) throw new Error(`no master took the topic: ${[...missing].join(' ')}`);
  }
  await Promise.all(
    job.nodes.map(async ({ address, node }) => {
      for (; monotonicMs() < giveUpAt; await pause(RETRY_PAUSE_MS)) {
        const probe = new BrokerProbe(address);
        const isThere = await probe.hasTopic(job.topic).catch(() => false);
        probe.close();
        if (isThere) return;
      }
      console.log(`${node} does not have the topic`);
    }),
  );
}

/** The master of each broker name, as the first name server that answers has it. */
async function mastersOf({ namesrv, nodes }: TopicJob | WatchJob | ReadJob): Promise<Map<string, WatchedNode>> {
  for (const address of namesrv.split(';')) {
    const probe = new BrokerProbe(address);
    try {
      const found = new Map<string, WatchedNode>();
      for (const [broker, master] of await probe.masters()) {
        const node = nodes.find((each) => each.address === master);
        if (node !== undefined) found.set(broker, node);
      }
      return found;
    } catch {
      // The next one is asked.
    } finally {
      probe.close();
    }
  }
  return new Map();
}

/** Asks each broker for each group's offsets, again and again. Refused and unanswered questions say nothing. */
export async function watch(job: WatchJob, history: HistoryWriter, isStopped: () => boolean): Promise<void> {
  const watchMasters = async (): Promise<void> => {
    const last = new Map<string, string>();
    for (; !isStopped(); await pause(WATCH_PAUSE_MS)) {
      for (const [broker, { node }] of await mastersOf(job)) {
        if (last.get(broker) === node) continue;
        last.set(broker, node);
        history.record({ t: 'master', at: monotonicMs(), broker, node });
      }
    }
  };
  const watchOffsets = async (node: WatchedNode): Promise<void> => {
    const probe = new BrokerProbe(node.address);
    for (; !isStopped(); await pause(WATCH_PAUSE_MS)) await askOffsets(probe, node, job, history).catch(() => {});
    probe.close();
  };
  await Promise.all([watchMasters(), ...job.nodes.map(watchOffsets)]);
}

/**
 * Every message of every queue of each node, the ends of its queues, and the groups' offsets. Before it, slaves have half a minute to
 * come as far as their masters.
 */
export async function readAll(job: ReadJob, history: HistoryWriter): Promise<void> {
  await replicated(job);
  const read = new Set<string>();
  await Promise.all(
    job.nodes.map(async (node) => {
      try {
        await untilItWorks(node.address, READ_LIMIT_MS, node.node, async (probe) => {
          for (let queue = 0; queue < job.queues; queue++) await readQueue(probe, node, job.topic, queue, history);
          await askOffsets(probe, node, job, history);
        });
        read.add(node.node);
      } catch (error) {
        console.log(`not read: ${String(error)}`);
      }
    }),
  );
  const masters = await mastersOf(job);
  const survivors: Record<string, string> = {};
  for (const { broker, node } of job.nodes) {
    if (!read.has(node)) continue;
    // The master speaks for its name; where it is lost, the first of its slaves.
    const master = masters.get(broker)?.node;
    if (node === master || (survivors[broker] === undefined && !read.has(master ?? ''))) survivors[broker] = node;
  }
  history.record({ t: 'phase', at: monotonicMs(), name: 'read', survivors });
}

/** Resolves when all nodes of each broker name have the same ends, or when the time is over. */
async function replicated({ nodes, topic, queues }: ReadJob): Promise<void> {
  const giveUpAt = monotonicMs() + REPLICATION_LIMIT_MS;
  const probes = nodes.map(({ broker, address }) => ({ broker, probe: new BrokerProbe(address) }));
  const endsOf = async (probe: BrokerProbe): Promise<string> => {
    const ends: number[] = [];
    for (let queue = 0; queue < queues; queue++) ends.push(await probe.maxOffset(topic, queue));
    return ends.join(' ');
  };
  while (monotonicMs() < giveUpAt) {
    const ends = await Promise.all(
      probes.map(async ({ broker, probe }) => `${broker}: ${await endsOf(probe).catch(() => 'not answered')}`),
    );
    // As many different ends as broker names.
    if (new Set(ends).size === new Set(nodes.map(({ broker }) => broker)).size) break;
    await pause(RETRY_PAUSE_MS);
  }
  for (const { probe } of probes) probe.close();
}

async function askOffsets(
  probe: BrokerProbe,
  { node, broker }: WatchedNode,
  { topic, queues, groups }: WatchJob | ReadJob,
  history: HistoryWriter,
): Promise<void> {
  for (const group of groups) {
    for (let queue = 0; queue < queues; queue++) {
      const offset = await probe.groupOffset(group, topic, queue);
      if (offset === undefined) continue;
      history.record({ t: 'progress', at: monotonicMs(), group, topic, broker, node, queue, offset });
    }
  }
}

async function readQueue(
  probe: BrokerProbe,
  { node, broker }: WatchedNode,
  topic: string,
  queue: number,
  history: HistoryWriter,
): Promise<void> {
  const max = await probe.maxOffset(topic, queue);
  const min = await probe.minOffset(topic, queue);
  const found: StoredMessage[] = [];
  for (let offset = min; offset < max; ) {
    const { messages, next } = await probe.pull(topic, queue, offset);
    found.push(...messages);
    // A pull that finds nothing and stays where it is will not find more.
    if (next <= offset) break;
    offset = next;
  }
  for (const message of found) {
    const id = idOf(message.body) ?? `foreign body of ${message.body.length} bytes`;
    const intact =
      message.isIntact && message.body === bodyOf(id) && message.topic === topic && message.queue === queue;
    history.record({ t: 'stored', node, broker, topic, queue, offset: message.offset, id, intact });
  }
  history.record({ t: 'ends', node, broker, topic, queue, min, max });
}

async function untilItWorks(
  address: string,
  limitMs: number,
  what: string,
  work: (probe: BrokerProbe) => Promise<void>,
): Promise<void> {
  const giveUpAt = monotonicMs() + limitMs;
  for (;;) {
    const probe = new BrokerProbe(address);
    try {
      return await work(probe);
    } catch (error) {
      if (monotonicMs() > giveUpAt) throw new Error(`${what}: ${String(error)}`);
      await pause(RETRY_PAUSE_MS);
    } finally {
      probe.close();
    }
  }
}
