import { createHash } from 'node:crypto';
import * as protocol from '@rocketmq-ts/protocol';
import { Cluster, type ClusterLogLine, formatLogLine } from '../cluster/index.ts';
import type { SimulatedPlatform } from '../platform.ts';
import { SimulationFailure } from '../seeded/failure.ts';
import { Calm, LAST_NUMBER } from './calm.ts';
import { checkHistory, checkSoFar } from './check.ts';
import { Clients } from './clients.ts';
import { type ClusterEvent, formatEvent, type GroupFacts, type HistoryFacts } from './history.ts';
import {
  BROADCAST_GROUP,
  brokerNames,
  type ClusterAction,
  type ClusterOperation,
  type ClusterPlan,
  clientNames,
  committerNames,
  consumerGroups,
  isSelected,
  memberNames,
  NEW_TOPIC,
  ORDERED_TOPIC,
  ORDERLY_GROUP,
  PLAIN_TOPIC,
  producerNames,
  REQUEST_TOPIC,
  SQL_GROUP,
} from './plan.ts';
import { Replicas, replicaProperties } from './replicas.ts';
import { Sends } from './sends.ts';
import { Servers } from './servers.ts';
import { Transactions } from './transactions.ts';

/** Short, so that few virtual seconds hold several redeliveries. None is longer than a client's own pause of 5 s. */
const DELAY_LEVELS = '1s 2s 3s 4s 5s';
const DELAY_LEVELS_MS = [1000, 2000, 3000, 4000, 5000];
/** Longer than leases of controllers. */
const LEASES_MS = 10_000;

/** What a test may put wrong, to see that it is found. */
export interface ClusterSubject {
  /** Changes the events of a run before they are checked. */
  readonly distort?: (events: readonly ClusterEvent[]) => readonly ClusterEvent[];
  /** Called before each process of a broker, to make a disk that has a defect of its own. */
  readonly prepare?: (platform: SimulatedPlatform) => void;
}

export interface ClusterRunResult {
  /** Processes that were started. */
  readonly lives: number;
  /** Messages that were sent. */
  readonly puts: number;
  /** Of the whole history: two runs with one digest did the same. */
  readonly digest: string;
}

/** One plan on one cluster, then everything is mended, and what came of it is held against what was promised. */
export class ClusterRun {
  readonly history: string[] = [];
  readonly #plan: ClusterPlan;
  readonly #subject: ClusterSubject;
  readonly #cluster: Cluster;
  readonly #clients: Clients;
  readonly #sends: Sends;
  readonly #replicas: Replicas;
  readonly #servers: Servers;
  readonly #calm: Calm;
  readonly #events: ClusterEvent[] = [];
  readonly #defects: string[] = [];

  constructor(plan: ClusterPlan, subject: ClusterSubject = {}) {
    const { seed, nameServers, brokers, flush, diskLatencyMs, networkLatencyMs } = plan.settings;
    const { brokerProperties, slaveProperties } = replicaProperties(plan.settings);
    this.#plan = plan;
    this.#subject = subject;
    this.#cluster = new Cluster({
      seed,
      nameServers,
      brokers,
      slaves: plan.settings.slaves ?? 0,
      controllers: plan.settings.controllers ?? 0,
      slaveProperties,
      brokerProperties: {
        ...brokerProperties,
        flushDiskType: flush,
        messageDelayLevel: DELAY_LEVELS,
        registerNameServerPeriod: '10000',
        recallMessageEnable: 'true',
        // Never so long without a member that it is given up.
        transactionCheckMax: '100000',
        transactionTimeOut: '2000',
        transactionCheckInterval: '2000',
        defaultTopicQueueNums: String(plan.settings.queues),
      },
      environment: { disk: { maxLatencyMs: diskLatencyMs }, network: { maxLatencyMs: networkLatencyMs } },
      onLog: (line) => this.#logged(line),
    });
    this.#replicas = new Replicas(this.#cluster, plan.settings);
    const { settings } = plan;
    const record = (event: ClusterEvent): void => this.#record(event);
    const { prepare } = subject;
    this.#servers = new Servers({ cluster: this.#cluster, replicas: this.#replicas, record, prepare });
    const transactions = new Transactions(record, () => this.#nowMs);
    this.#clients = new Clients(this.#cluster, settings, transactions, record);
    this.#sends = new Sends({
      cluster: this.#cluster,
      clients: this.#clients,
      transactions,
      settings,
      delayLevelsMs: DELAY_LEVELS_MS,
      record,
    });
    this.#calm = new Calm({
      ...{ cluster: this.#cluster, replicas: this.#replicas, sends: this.#sends, settings, record },
      ...{ events: this.#events, facts: () => this.#facts(), look: () => this.#look() },
    });
  }

  /** Rejects with a SimulationFailure, or whatever a server refuses to start with. */
  async all(): Promise<ClusterRunResult> {
    const onRejection = (error: unknown): void => void this.#defects.push(`unhandled rejection: ${String(error)}`);
    process.on('unhandledRejection', onRejection);
    try {
      await this.#begin();
      for (const operation of this.#plan.operations) await this.#perform(operation);
      await this.#mend();
      // What is wrong already need not wait for the rest.
      checkSoFar(this.#events, this.#facts());
      await this.#calm.rest();
      await this.#end();
    } finally {
      process.off('unhandledRejection', onRejection);
    }
    const [defect] = this.#defects;
    if (defect !== undefined) throw new SimulationFailure('defect', defect);
    checkHistory(this.#subject.distort?.(this.#events) ?? this.#events, this.#facts());
    return {
      lives: this.#events.filter((event) => event.do === 'started').length,
      puts: this.#events.filter((event) => event.do === 'asked').length,
      digest: createHash('sha1').update(this.history.join('\n')).digest('hex'),
    };
  }

  get #nowMs(): number {
    return this.#cluster.clock.monotonicMs();
  }

  #record(event: ClusterEvent): void {
    this.#events.push(event);
    this.history.push(formatEvent(event));
  }

  #recordDisturbed(): void {
    this.#record({ do: 'disturbed', atMs: this.#nowMs });
  }

  #logged(line: ClusterLogLine): void {
    if (line.level === 'info') return;
    const text = formatLogLine(line);
    this.history.push(`${this.#nowMs} ${text}`);
    if (line.level === 'error' && line.sentence.startsWith('A defect')) this.#defects.push(text);
  }

  #facts(): HistoryFacts {
    const { settings } = this.#plan;
    const groups = consumerGroups.map((each): GroupFacts => {
      const { group, topics } = each;
      const members = memberNames(each, settings);
      return {
        group,
        topics,
        orderly: group === ORDERLY_GROUP,
        members: members.length,
        ...(group === BROADCAST_GROUP ? { broadcasting: members } : {}),
        ...(group === SQL_GROUP ? { selects: isSelected } : {}),
      };
    });
    return {
      groups: groups.filter(({ members }) => members > 0),
      brokers: brokerNames(settings),
      syncFlush: settings.flush === 'SYNC_FLUSH',
      failingDisks: this.#servers.failingDisks,
      maxReconsumeTimes: settings.maxReconsumeTimes,
      delayLevelsMs: DELAY_LEVELS_MS,
      controlled: settings.controllers !== undefined,
      ...(this.#calm.sinceMs === undefined ? {} : { calmMs: this.#calm.sinceMs }),
    };
  }

  async #begin(): Promise<void> {
    const { settings } = this.#plan;
    this.#servers.prepareBrokers();
    await this.#cluster.start();
    for (const topic of [PLAIN_TOPIC, ORDERED_TOPIC, REQUEST_TOPIC])
      await this.#cluster.createTopic(topic, settings.queues);
    for (const name of clientNames(settings)) await this.#clients.join(name);
  }

  async #perform({ number, action }: ClusterOperation): Promise<void> {
    this.#servers.reseedDisks(this.#plan.settings.seed, number);
    await this.#act(`${number}`, action);
    this.#servers.seeDeaths();
  }

  async #act(id: string, action: ClusterAction): Promise<void> {
    const { network } = this.#cluster.environment;
    switch (action.do) {
      case 'send':
      case 'order':
      case 'transaction':
      case 'recall':
      case 'request':
        return this.#sends.perform(id, action);
      case 'topic':
        await this.#replicas.look();
        return this.#cluster.createTopic(action.topic, this.#plan.settings.queues, this.#replicas.masters);
      case 'start':
        return this.#servers.start(action.server);
      case 'end':
        return this.#servers.end(action);
      case 'die':
        return this.#servers.die(action);
      case 'lose':
        return this.#servers.lose(action);
      case 'join':
        return this.#clients.join(action.client);
      case 'leave':
        return this.#clients.leave(action.client, action.how);
      case 'partition':
        this.#recordDisturbed();
        if (action.oneWay === true) return network.partitionOneWay(action.a, action.b);
        return network.partition(action.a, action.b);
      case 'heal':
        return network.heal();
      case 'cut':
        this.#recordDisturbed();
        return network.cut(action.a, action.b);
      case 'fault':
        this.#recordDisturbed();
        return this.#servers.fault(action);
      case 'jump':
        this.#cluster.clock.jumpWallClock(action.ms);
        return this.#record({ do: 'jumped', atMs: this.#nowMs, ms: action.ms });
      case 'advance':
        await this.#cluster.advance(action.ms);
        return this.#look();
    }
  }

  /** How far the groups are, by each broker that runs. */
  async #look(): Promise<void> {
    await this.#replicas.look();
    for (const master of this.#replicas.masters) {
      const { address, isRunning } = master;
      if (!isRunning) continue;
      const name = this.#replicas.nameOf(master);
      const answer = await this.#cluster.run(this.#cluster.admin.ask(address, protocol.GET_ALL_CONSUMER_OFFSET, {}));
      if (answer === undefined || answer.code !== protocol.ResponseCode.SUCCESS) continue;
      const { offsetTable } = protocol.decodeConsumerOffsetSerializeWrapper(answer.body);
      for (const [key, queues] of offsetTable) {
        const [topic = '', group = ''] = key.split('@');
        for (const [queueId, offset] of queues)
          this.#record({ do: 'progress', atMs: this.#nowMs, broker: name, group, topic, queueId, offset });
      }
    }
  }

  /** Everything works again, and every topic gets some more messages. */
  async #mend(): Promise<void> {
    this.#cluster.heal();
    await this.#servers.mend();
    const { settings } = this.#plan;
    for (const name of clientNames(settings)) await this.#clients.join(name);
    await this.#cluster.advance(1000);
    const [producer = ''] = producerNames(settings);
    const [committer] = committerNames(settings);
    const topics = [PLAIN_TOPIC, NEW_TOPIC, ORDERED_TOPIC];
    const actions: ClusterAction[] = topics.map((topic) => ({ do: 'send', producer, topic, count: 6, bytes: 0 }));
    actions.push({ do: 'send', producer, topic: PLAIN_TOPIC, count: 2, bytes: 0, delayMs: 2500 });
    if (settings.repliers > 0) actions.push({ do: 'request', producer, count: 2 });
    if (committer !== undefined)
      actions.push({ do: 'transaction', producer: committer, count: 2, ends: 'UNKNOWN', later: 'COMMIT' });
    for (const [index, action] of actions.entries()) await this.#perform({ number: LAST_NUMBER + index, action });
  }

  async #end(): Promise<void> {
    for (const name of clientNames(this.#plan.settings)) await this.#clients.leave(name, 'stop');
    await this.#cluster.stop();
    // Leases of controllers that were killed end by themselves.
    if (this.#cluster.controllers.length > 0) await this.#cluster.advance(LEASES_MS);
    const { pendingTimers } = this.#cluster.clock;
    if (pendingTimers > 0) throw new SimulationFailure('timers left', `${pendingTimers} timers are left after the end`);
  }
}
