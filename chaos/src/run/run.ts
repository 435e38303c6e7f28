import { setTimeout as pause } from 'node:timers/promises';
import { check, isSomethingOpen } from '../check/check.ts';
import type { Expectations, Verdict } from '../check/promises.ts';
import type { FaultContext, PlannedFault } from '../faults/fault.ts';
import { makePlan } from '../faults/plan.ts';
import { faultKind } from '../faults/table.ts';
import { type HistoryEvent, monotonicMs, type Sent } from '../history/events.ts';
import { HistoryReader, HistoryWriter } from '../history/history-file.ts';
import type { ChaosNode, NodeKind } from '../nodes/node.ts';
import { ChaosCluster, GROUPS, membersOf, QUEUES, TOPIC } from './cluster.ts';
import type { RunOptions } from './options.ts';

/** What a run came to. */
export interface RunResult {
  readonly verdict: Verdict;
  /** Kinds of the faults that were made, each as often as it was. */
  readonly faults: readonly string[];
  readonly sent: number;
  readonly acknowledged: number;
}

const START_LIMIT_MS = 60_000;
const WARM_UP_MS = 1500;
const REST_POLL_MS = 500;
const LONGEST_DELAY_MS = 10_000;
const QUIET_MS = 2000;
/** A delivery that is open after the second time is one that never comes. */
const SETTLE_ROUNDS = 2;
const DEATH_RESTART_MS = 1000;
const STOP_LIMIT_MS = 20_000;

function planOf({ seed, faults, faultsMs, overlap, only, flush, set }: RunOptions): PlannedFault[] {
  const { survivesLostDisk, promotesSlaves = false } = set;
  const view = { members: membersOf(set), flush, survivesLostDisk, promotesSlaves, failover: set.controllers > 0 };
  return makePlan({ seed, kinds: faults, view, lengthMs: faultsMs, overlap, only });
}

function areInConflict(one: PlannedFault, other: PlannedFault): boolean {
  const { parts } = faultKind(other.kind);
  return (
    one.nodes.some((name) => other.nodes.includes(name)) &&
    faultKind(one.kind).parts.some((part) => parts.includes(part))
  );
}

/** One run, from the first namespace to the verdict. What it made on the machine is removed by the caller. */
export class Run {
  readonly #options: RunOptions;
  readonly #plan: readonly PlannedFault[];
  readonly #cluster: ChaosCluster;
  readonly #history: HistoryWriter;
  readonly #reader: HistoryReader;
  #events: HistoryEvent[] = [];
  readonly #running = new Map<PlannedFault, Promise<void>>();
  readonly #print: (line: string) => void;
  #beganAt = monotonicMs();
  #isOver = false;
  #handledAt = 0;
  /** By broker name, the node that the name servers had as master last. */
  readonly #masters = new Map<string, string>();
  /** Of each group: what it handled, and what was acknowledged and is not handled yet. Either may be read first. */
  readonly #groups = GROUPS.map(({ name }) => ({ name, done: new Set<string>(), open: new Map<string, Sent>() }));

  constructor(options: RunOptions, folder: string, print: (line: string) => void) {
    this.#options = options;
    this.#print = print;
    this.#plan = planOf(options);
    const clocked = new Set(this.#plan.flatMap(({ kind, nodes }) => (kind === 'clock' ? nodes : [])));
    this.#cluster = new ChaosCluster(options, folder, clocked, (node, how) => this.#died(node, how));
    this.#history = new HistoryWriter(this.#cluster.history('runner'));
    this.#reader = new HistoryReader(this.#cluster.historyFolder);
  }

  async run(): Promise<RunResult> {
    const cluster = this.#cluster;
    await cluster.start();
    this.#phase('load');
    await this.#until('all masters take sends', START_LIMIT_MS, () => this.#isAvailable(0));
    await pause(WARM_UP_MS);
    const done = await this.#makeFaults();
    await this.#bringBack();
    const lost = cluster.brokers.filter(({ hasLostDisk }) => hasLostDisk).map(({ name }) => name);
    this.#history.record({ t: 'phase', at: monotonicMs(), name: 'faults over', lost });
    const overAt = monotonicMs();
    await this.#until('sends are taken again', this.#options.availableWithinMs, () => this.#isAvailable(overAt));
    await this.#stopAll('producer');
    const stoppedAt = monotonicMs();
    await this.#settle(stoppedAt);
    this.#isOver = true;
    this.#take();
    const verdict = check(this.#events, this.#expectations());
    const sent = this.#events.filter(({ t }) => t === 'sending').length;
    const acknowledged = this.#events.filter((event) => event.t === 'sent').length;
    return { verdict, faults: done, sent, acknowledged };
  }

  /**
   * Nothing moves any more, and all is read. A request without an answer may still reach its broker then: TCP sends its bytes again only
   * some time after a partition, by when its producer is gone. What such a message of a delay finds at rest is delivered by the same
   * consumers, started again, and all is read anew.
   */
  async #settle(stoppedAt: number): Promise<void> {
    for (let round = 1; ; round++) {
      await this.#until('all is handled', this.#options.drainLimitMs, () => this.#isDrained(stoppedAt));
      await this.#stopAll('consumer');
      await this.#stopAll('watch');
      this.#phase('at rest');
      await this.#readAll();
      if (round === SETTLE_ROUNDS || !isSomethingOpen(this.#events, this.#expectations())) return;
      this.#print(`${this.#time()} something came after the consumers had stopped: they are started again`);
      this.#events = this.#events.filter(({ t }) => t !== 'stored' && t !== 'ends');
      await this.#bringBack('consumer');
      this.#handledAt = monotonicMs();
    }
  }

  /** Ends every process of the run. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#cluster.nodes.map(({ disk }) => disk?.thaw().catch(() => {})));
    await Promise.all(this.#cluster.nodes.map((node) => node.kill()));
    this.#reader.close();
    this.#history.close();
  }

  async #makeFaults(): Promise<string[]> {
    const { faultsMs, flush } = this.#options;
    const plan = this.#plan;
    const watch = this.#cluster.nodes.find(({ kind }) => kind === 'watch')!;
    const context: FaultContext = {
      nodes: this.#cluster.nodes,
      flush,
      hasNetem: await watch.network.canShape(['qdisc', 'add', 'dev', 'eth0', 'root', 'netem', 'delay', '1ms']),
      owner: process.pid,
      masterOf: (broker) => {
        this.#take();
        return this.#masters.get(broker);
      },
      failover: this.#options.set.controllers > 0,
      takeSends: () => this.#takeSends(),
      promote: (slave, lost) => this.#cluster.promote(slave, lost),
    };
    this.#print(`${plan.length} faults planned, netem: ${context.hasNetem ? 'yes' : 'no (rate limits instead)'}`);
    this.#beganAt = monotonicMs();
    if (plan.length === 0) await pause(faultsMs);
    for (const fault of plan) this.#running.set(fault, this.#make(fault, context));
    await Promise.all(this.#running.values());
    return plan.map(({ kind }) => kind);
  }

  async #make(fault: PlannedFault, context: FaultContext): Promise<void> {
    const kind = faultKind(fault.kind);
    const nodes = this.#cluster.nodes.filter(({ name }) => fault.nodes.includes(name));
    // In the order of the plan, which sides of a partition follow from.
    nodes.sort((a, b) => fault.nodes.indexOf(a.name) - fault.nodes.indexOf(b.name));
    await pause(Math.max(0, this.#beganAt + fault.beginMs - monotonicMs()));
    const lateMs = await this.#untilOthersEnd(fault);
    this.#fault(fault, 'begin', '');
    this.#fault(fault, 'begin', await kind.begin(fault, nodes, context));
    await pause(Math.max(0, this.#beganAt + fault.endMs + lateMs - monotonicMs()));
    try {
      await kind.end(fault, nodes, context);
      this.#fault(fault, 'end', 'over');
    } catch (error) {
      this.#fault(fault, 'end', `FAILED ${error instanceof Error ? error.message : String(error)}`);
      this.#history.record({ t: 'died', at: monotonicMs(), node: fault.nodes.join(' '), how: String(error) });
    }
  }

  /**
   * Nothing else may happen to these parts of its nodes: an earlier fault is over only when its nodes serve again, which may take longer
   * than planned. Returns how long that was.
   */
  async #untilOthersEnd(fault: PlannedFault): Promise<number> {
    const beganAt = monotonicMs();
    const earlier = this.#plan.slice(0, this.#plan.indexOf(fault)).filter((other) => areInConflict(fault, other));
    await Promise.all(earlier.map((other) => this.#running.get(other)));
    return monotonicMs() - beganAt;
  }

  async #takeSends(): Promise<boolean> {
    const fromMs = monotonicMs();
    for (; monotonicMs() < fromMs + this.#options.availableWithinMs; await pause(REST_POLL_MS)) {
      this.#take();
      if (this.#isAvailable(fromMs)) return true;
    }
    return false;
  }

  /** After the last fault every node runs, but those whose machine is lost. */
  async #bringBack(only?: NodeKind): Promise<void> {
    await Promise.all(
      this.#cluster.nodes
        .filter(({ kind, isLost, isRunning }) => !isLost && !isRunning && (only === undefined || kind === only))
        .map((node) => node.start().catch((error) => this.#print(`${node.name} does not start: ${String(error)}`))),
    );
  }

  #isAvailable(overAt: number): boolean {
    const lost = this.#replacesLost ? [] : this.#cluster.brokers.filter(({ isLost }) => isLost);
    const lossy = new Set(lost.map(({ broker }) => broker));
    const sending = new Map<string, number>();
    const taken = new Set<string>();
    for (const event of this.#events) {
      if (event.t === 'sending') sending.set(event.id, event.at);
      else if (event.t === 'sent' && event.status === 'SEND_OK' && (sending.get(event.id) ?? 0) >= overAt) {
        taken.add(event.broker);
      }
    }
    return this.#cluster.brokerNames.every((name) => lossy.has(name) || taken.has(name));
  }

  /** Also of messages without an answer, which no list has: the longest delay is over, and nothing came for a while. */
  #isDrained(stoppedAt: number): boolean {
    const now = monotonicMs();
    if (now < stoppedAt + LONGEST_DELAY_MS + QUIET_MS || now < this.#handledAt + QUIET_MS) return false;
    // Where another node takes a master's place, only SEND_OK promises that a message stays, if two machines have it.
    const { controllers, survivesLostDisk } = this.#options.set;
    const mayBeGone =
      controllers > 0
        ? new Set(this.#cluster.brokerNames)
        : new Set(this.#cluster.brokers.filter(({ hasLostDisk }) => hasLostDisk).map(({ broker }) => broker));
    return this.#groups.every(({ open }) =>
      [...open.values()].every(
        ({ status, broker }) => mayBeGone.has(broker) && (status !== 'SEND_OK' || !survivesLostDisk),
      ),
    );
  }

  async #until(what: string, limitMs: number, isDone: () => boolean): Promise<void> {
    const beganAt = monotonicMs();
    for (;;) {
      this.#take();
      if (isDone()) {
        this.#print(`${this.#time()} ${what} after ${((monotonicMs() - beganAt) / 1000).toFixed(1)} s`);
        return;
      }
      if (monotonicMs() - beganAt > limitMs) {
        this.#print(`${this.#time()} NOT within ${limitMs / 1000} s: ${what}`);
        return;
      }
      await pause(REST_POLL_MS);
    }
  }

  /** What processes wrote since the last time. */
  #take(): void {
    for (const event of this.#reader.news()) {
      this.#events.push(event);
      if (event.t === 'master') this.#masters.set(event.broker, event.node);
      if (event.t === 'sent') {
        for (const { done, open } of this.#groups) if (!done.has(event.id)) open.set(event.id, event);
      }
      if (event.t !== 'handled' || !event.ok) continue;
      for (const { name, done, open } of this.#groups) {
        if (event.group !== name) continue;
        done.add(event.id);
        this.#handledAt = Math.max(this.#handledAt, event.at);
        open.delete(event.id);
      }
    }
  }

  async #stopAll(kind: 'producer' | 'consumer' | 'watch'): Promise<void> {
    const nodes = this.#cluster.nodes.filter((node) => node.kind === kind);
    const stopped = await Promise.all(nodes.map((node) => node.stop(STOP_LIMIT_MS)));
    if (!stopped.every(Boolean)) this.#print(`a ${kind} did not stop within ${STOP_LIMIT_MS / 1000} s`);
  }

  async #readAll(): Promise<void> {
    const cluster = this.#cluster;
    const nodes = cluster.brokers.filter(({ isLost }) => !isLost);
    const reader = await cluster.ask('read', {
      role: 'read',
      namesrv: cluster.namesrv,
      topic: TOPIC,
      queues: QUEUES,
      groups: GROUPS.map(({ name }) => name),
      nodes: cluster.watched(nodes),
      history: cluster.history('read'),
    });
    const how = await reader.ended();
    if (how !== 'exit code 0' || reader.lastWords !== '') this.#print(`the reader: ${how}; ${reader.lastWords}`);
    this.#take();
  }

  /** Whether a broker name takes sends also after the loss of its master. */
  get #replacesLost(): boolean {
    const { controllers, promotesSlaves = false } = this.#options.set;
    return controllers > 0 || promotesSlaves;
  }

  #expectations(): Expectations {
    const { set } = this.#options;
    return {
      brokers: this.#cluster.brokerNames,
      groups: GROUPS,
      failover: set.controllers > 0,
      replacesLost: this.#replacesLost,
      survivesLostDisk: set.survivesLostDisk,
      clocksMove: this.#plan.some(({ kind }) => kind === 'clock'),
      availableWithinMs: this.#options.availableWithinMs,
    };
  }

  #died(node: ChaosNode, how: string): void {
    if (this.#isOver) return;
    this.#print(`${this.#time()} ${node.name} ended by itself: ${how}; ${node.lastWords.split('\n').at(-1) ?? ''}`);
    this.#history.record({ t: 'died', at: monotonicMs(), node: node.name, how });
    // As a service manager does.
    void pause(DEATH_RESTART_MS).then(() => (this.#isOver ? undefined : node.start().catch(() => {})));
  }

  #fault(fault: PlannedFault, phase: 'begin' | 'end', detail: string): void {
    this.#history.record({ t: 'fault', at: monotonicMs(), kind: fault.kind, nodes: fault.nodes, phase, detail });
    if (detail === '') return;
    this.#print(
      `${this.#time()} ${fault.name} ${fault.kind} ${phase === 'end' ? 'ends' : ''} ${fault.nodes.join(' ')}: ${detail}`,
    );
  }

  #phase(name: 'load' | 'at rest'): void {
    this.#history.record({ t: 'phase', at: monotonicMs(), name });
  }

  #time(): string {
    return `${((monotonicMs() - this.#beganAt) / 1000).toFixed(1).padStart(6)} s`;
  }
}
