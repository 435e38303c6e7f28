import { createHash } from 'node:crypto';
import * as protocol from '@rocketmq-ts/protocol';
import { formatMessageProperties, ResponseCode } from '@rocketmq-ts/protocol';
import { SeededRandom } from '@rocketmq-ts/testing/simulated';
import type { Death, SuddenEnd } from '../machine.ts';
import { SimulatedEnvironment, type SimulatedPlatform } from '../platform.ts';
import { BrokerMachine, STORE_ROOT } from './broker-machine.ts';
import { bodyOf, checkBroker, idOf } from './check.ts';
import { damageCopy } from './damage.ts';
import { BrokerModel } from './model.ts';
import type { BrokerAction, BrokerOperation, BrokerPlan } from './plan.ts';
import { Wire } from './wire.ts';

/** What happens after every plan. At last all delays are over. */
const EPILOGUE: readonly BrokerAction[] = [
  { do: 'end', how: 'kill' },
  { do: 'start', flush: 'SYNC_FLUSH' },
  { do: 'end', how: 'stop', powerOff: true },
  { do: 'start', flush: 'ASYNC_FLUSH' },
  { do: 'advance', ms: 30_000 },
  { do: 'end', how: 'stop' },
  { do: 'start', flush: 'ASYNC_FLUSH' },
];
const EPILOGUE_NUMBER = 1_000_000;
const CONFIG = `${STORE_ROOT}/config/`;

type Of<Name extends BrokerAction['do']> = Extract<BrokerAction, { do: Name }>;

/** What the simulation runs beside the broker: something wrong that it has to find. */
export interface BrokerSubject {
  /** Called at the start of each process, to make a disk that has a defect of its own. */
  readonly prepare?: (platform: SimulatedPlatform) => void;
}

export interface BrokerRunResult {
  readonly lives: number;
  readonly puts: number;
  /** Of the whole history: two runs with one digest did the same. */
  readonly digest: string;
}

/**
 * One plan on one machine with a whole broker, asked over the wire and held against a model. Operations that make no sense
 * where they are do nothing, so that any part of a plan is a plan.
 */
export class BrokerRun {
  readonly history: string[] = [];
  readonly #plan: BrokerPlan;
  readonly #subject: BrokerSubject;
  readonly #environment: SimulatedEnvironment;
  readonly #machine: BrokerMachine;
  readonly #model = new BrokerModel();
  readonly #underWay = new Set<Promise<void>>();
  #wire: Wire | undefined;
  #death: Death | undefined;
  #sync = false;
  #savesFailed = false;
  #diskLied = false;
  #lives = 0;
  #puts = 0;

  constructor(plan: BrokerPlan, subject: BrokerSubject = {}) {
    this.#subject = subject;
    const { seed, diskLatencyMs, networkLatencyMs, writeBackChance } = plan.settings;
    this.#plan = plan;
    this.#environment = new SimulatedEnvironment(seed, {
      disk: { maxLatencyMs: diskLatencyMs, writeBackChance },
      network: { maxLatencyMs: networkLatencyMs },
    });
    this.#machine = new BrokerMachine(this.#environment, 'broker', (line) => this.#trace(line));
  }

  /** Rejects with a SimulationFailure, or whatever the broker throws. */
  async all(): Promise<BrokerRunResult> {
    for (const operation of this.#plan.operations) await this.#perform(operation);
    for (const [index, action] of EPILOGUE.entries()) await this.#perform({ number: EPILOGUE_NUMBER + index, action });
    await this.#verify(true);
    await this.#perform({ number: EPILOGUE_NUMBER + EPILOGUE.length, action: { do: 'end', how: 'stop' } });
    const digest = createHash('sha1').update(this.history.join('\n')).digest('hex');
    return { lives: this.#lives, puts: this.#puts, digest };
  }

  #trace(line: string): void {
    this.history.push(`${this.#environment.clock.monotonicMs()} ${line}`);
  }

  async #perform({ number, action }: BrokerOperation): Promise<void> {
    const { disk } = this.#machine.platform;
    disk.reseed(new SeededRandom(this.#plan.settings.seed * 31 + number));
    if (action.do === 'die') this.#arm(action);
    else if (action.do === 'start') await this.#start(action);
    else if (this.#wire !== undefined) await this.#performIn(this.#wire, `${number}`, action);
    else if (action.do === 'damage')
      this.#trace(damageCopy(disk, `${CONFIG}${action.file}.json`, action.copy, action.how));
    if (this.#machine.died !== undefined) await this.#ended(this.#machine.died.how);
  }

  async #performIn(wire: Wire, id: string, action: BrokerAction): Promise<void> {
    switch (action.do) {
      case 'send':
        return this.#send(wire, id, action);
      case 'batch':
        return this.#batch(wire, id, action);
      case 'commit':
        return this.#commit(wire, action);
      case 'join':
        return this.#join(wire, action);
      case 'back':
        return this.#alone(() => this.#back(wire, action));
      case 'topic':
      case 'untopic':
        return this.#alone(() => this.#changeTopic(wire, action));
      case 'group':
      case 'ungroup':
        return this.#alone(() => this.#changeGroup(wire, action));
      case 'advance':
        return this.#environment.clock.advance(action.ms);
      case 'answers':
        return this.#answers();
      case 'fault':
        return this.#fault(action);
      case 'end':
        return this.#end(action);
    }
  }

  /** Of a process that runs, or of the next one. */
  #arm({ calls, how }: Of<'die'>): void {
    this.#trace(`${how} at the ${calls}th change of the disk from here`);
    if (this.#machine.isRunning) this.#machine.dieAt({ calls, how });
    else this.#death = { calls, how };
  }

  async #start({ flush }: Of<'start'>): Promise<void> {
    if (this.#wire !== undefined) return;
    const { disk } = this.#machine.platform;
    disk.faults.clear();
    this.#subject.prepare?.(this.#machine.platform);
    this.#slowSmallFiles();
    this.#sync = flush === 'SYNC_FLUSH';
    this.#trace(`start with ${flush}`);
    this.#lives += 1;
    const isUp = await this.#machine.start(propertiesOf(flush, this.#plan.settings.logFlushMs), this.#death);
    this.#death = undefined;
    if (!isUp) return;
    disk.revive();
    this.#wire = new Wire(this.#environment.machine('client'), this.#machine.address);
    await this.#environment.clock.run(this.#wire.start());
    await this.#verify(false);
  }

  #slowSmallFiles(): void {
    const { smallFileMs } = this.#plan.settings;
    if (smallFileMs === 0) return;
    for (const operation of ['sync', 'syncDirectory'] as const) {
      const path = operation === 'sync' ? CONFIG : /\/config$/;
      this.#machine.platform.disk.faults.add({
        operation,
        path,
        delayMs: smallFileMs,
        times: Number.POSITIVE_INFINITY,
      });
    }
  }

  async #verify(isLast: boolean): Promise<void> {
    if (this.#wire !== undefined) await this.#environment.clock.run(checkBroker(this.#wire, this.#model, isLast));
  }

  /** A request is sent; the run continues meanwhile. */
  #ask(asking: Promise<void>): void {
    const underWay = asking.finally(() => this.#underWay.delete(underWay));
    this.#underWay.add(underWay);
  }

  async #answers(): Promise<void> {
    await this.#environment.clock.run(Promise.all([...this.#underWay]));
  }

  /** Sent when no other request is under way, and answered before the run continues. */
  async #alone(ask: () => Promise<void>): Promise<void> {
    await this.#answers();
    if (this.#machine.isRunning) await this.#environment.clock.run(ask());
  }

  #send(wire: Wire, id: string, { topic, queueId, bytes, level }: Of<'send'>): void {
    const properties = level === undefined ? '' : formatMessageProperties([['DELAY', String(level)]]);
    this.#puts += 1;
    this.#trace(`send ${id} to ${topic} ${queueId}${level === undefined ? '' : `, delayed by level ${level}`}`);
    const sync = this.#sync;
    this.#model.asked(this.#model.topics, topic);
    const asking = async (): Promise<void> => {
      const answer = await wire.send(topic, queueId, bodyOf(id, bytes), properties);
      this.#trace(`${id}: ${answer?.code} ${answer?.remark ?? ''}`);
      if (answer?.code === ResponseCode.SUCCESS) this.#model.acknowledged(id, topic, level !== undefined, sync);
    };
    this.#ask(asking());
  }

  #batch(wire: Wire, id: string, { topic, queueId, count }: Of<'batch'>): void {
    const ids = Array.from({ length: count }, (_, index) => `${id}-${index}`);
    this.#puts += count;
    this.#trace(`send ${ids} to ${topic} ${queueId}`);
    const sync = this.#sync;
    this.#model.asked(this.#model.topics, topic);
    const asking = async (): Promise<void> => {
      const answer = await wire.sendBatch(
        topic,
        queueId,
        ids.map((each) => bodyOf(each, 0)),
      );
      this.#trace(`${ids}: ${answer?.code} ${answer?.remark ?? ''}`);
      if (answer?.code !== ResponseCode.SUCCESS) return;
      for (const each of ids) this.#model.acknowledged(each, topic, false, sync);
    };
    this.#ask(asking());
  }

  async #back(wire: Wire, { group, topic, share, dead }: Of<'back'>): Promise<void> {
    const messages = [];
    for (let queueId = 0; queueId < 3; queueId++) messages.push(...(await wire.read(topic, queueId)));
    const message = messages[Math.min(messages.length - 1, Math.floor(share * messages.length))];
    if (message === undefined) return;
    this.#model.asked(this.#model.groups, group);
    const header = { group, offset: message.physicalOffset, delayLevel: dead === true ? -1 : 1, originTopic: topic };
    const answer = await wire.ask(protocol.CONSUMER_SEND_MSG_BACK, header);
    const id = idOf(message.body);
    this.#trace(`${id} is sent back for ${group}: ${answer?.code} ${answer?.remark ?? ''}`);
    if (answer?.code !== ResponseCode.SUCCESS) return;
    const place = dead === true ? protocol.deadLetterTopic(group) : protocol.retryTopic(group);
    this.#model.groups.set(group, 'THERE');
    this.#model.acknowledged(id, place, dead !== true, this.#sync);
  }

  #commit(wire: Wire, { group, topic, queueId, share }: Of<'commit'>): void {
    const asking = async (): Promise<void> => {
      const offset = Math.floor(share * (await wire.maxOffset(topic, queueId)));
      if (offset === 0) return;
      const header = { consumerGroup: group, topic, queueId, commitOffset: offset };
      const answer = await wire.ask(protocol.UPDATE_CONSUMER_OFFSET, header);
      this.#trace(`${group} is at ${offset} of ${topic} ${queueId}: ${answer?.code}`);
      if (answer?.code !== ResponseCode.SUCCESS) return;
      this.#model.commits.answered(group, topic, queueId, offset, this.#environment.clock.monotonicMs());
    };
    this.#ask(asking());
  }

  #join(wire: Wire, { group }: Of<'join'>): void {
    const asking = async (): Promise<void> => {
      const answer = await wire.join(group);
      this.#trace(`${group} joins: ${answer?.code}`);
      // With a disk that takes nothing it is let in all the same.
      if (answer?.code === ResponseCode.SUCCESS && !this.#savesFailed) this.#model.groups.set(group, 'THERE');
    };
    this.#model.asked(this.#model.groups, group);
    this.#ask(asking());
  }

  async #changeTopic(wire: Wire, action: Of<'topic'> | Of<'untopic'>): Promise<void> {
    const { topic } = action;
    const isMade = action.do === 'topic';
    const answer = isMade
      ? await wire.ask(protocol.UPDATE_AND_CREATE_TOPIC, {
          topic,
          readQueueNums: action.queues,
          writeQueueNums: action.queues,
          perm: 6,
        })
      : await wire.ask(protocol.DELETE_TOPIC_IN_BROKER, { topic });
    const isSaved = answer?.code === ResponseCode.SUCCESS;
    this.#trace(`topic ${topic} is ${isMade ? 'made' : 'deleted'}: ${answer?.code} ${answer?.remark ?? ''}`);
    if (!isMade) this.#model.topicDeleted(topic, isSaved ? 'DELETED' : 'UNKNOWN');
    else if (isSaved) this.#model.topics.set(topic, 'THERE');
    else this.#model.asked(this.#model.topics, topic);
  }

  async #changeGroup(wire: Wire, action: Of<'group'> | Of<'ungroup'>): Promise<void> {
    const { group } = action;
    const isMade = action.do === 'group';
    const answer = isMade
      ? await wire.ask(
          protocol.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
          {},
          protocol.encodeSubscriptionGroupConfig(
            protocol.createSubscriptionGroupConfig(group, { retryQueueNums: action.retryQueues }),
          ),
        )
      : await wire.ask(protocol.DELETE_SUBSCRIPTIONGROUP, { groupName: group, cleanOffset: false });
    const isSaved = answer?.code === ResponseCode.SUCCESS;
    this.#trace(`group ${group} is ${isMade ? 'made' : 'deleted'}: ${answer?.code} ${answer?.remark ?? ''}`);
    if (isSaved) this.#model.groups.set(group, isMade ? 'THERE' : 'DELETED');
    else if (isMade) this.#model.asked(this.#model.groups, group);
    else this.#model.groups.set(group, 'UNKNOWN');
  }

  #fault({ operation, code, times }: Of<'fault'>): void {
    const path = operation === 'syncDirectory' ? /\/config$/ : CONFIG;
    const what = code === undefined ? ({ lost: true } as const) : { code };
    this.#machine.platform.disk.faults.add({ operation, path, times, ...what });
    this.#trace(`small files: ${operation} ${code ?? 'succeeds without effect'}, ${times} times`);
    if (code === undefined) this.#diskLied = true;
    else this.#savesFailed = true;
  }

  async #end({ how, powerOff }: Of<'end'>): Promise<void> {
    this.#trace(`end: ${how}`);
    if (how !== 'stop') {
      this.#machine.end(how);
      return this.#ended(how);
    }
    // A disk that takes nothing would keep the stop from saving.
    const { disk } = this.#machine.platform;
    disk.faults.clear();
    if (!(await this.#machine.stop())) return;
    await this.#leave();
    this.#model.stopped();
    this.#model.commits.stopped(false);
    this.#savesFailed = false;
    if (powerOff !== true) return;
    disk.crash();
    this.#model.powerLost(this.#diskLied);
    this.#diskLied = false;
  }

  async #ended(how: SuddenEnd): Promise<void> {
    this.#machine.died = undefined;
    await this.#leave();
    this.#machine.platform.disk.faults.clear();
    this.#model.commits.endedSuddenly(this.#environment.clock.monotonicMs(), this.#savesFailed);
    this.#savesFailed = false;
    if (how === 'kill') return;
    this.#model.powerLost(this.#diskLied);
    this.#diskLied = false;
  }

  /** Nothing more is asked of the process, and nothing more is answered by it. */
  async #leave(): Promise<void> {
    const wire = this.#wire;
    this.#wire = undefined;
    if (wire === undefined) return;
    await this.#environment.clock.run(wire.stop());
    await this.#answers();
  }
}

function propertiesOf(flushDiskType: string, logFlushMs: number): Record<string, string> {
  return {
    brokerName: 'a',
    storePathRootDir: STORE_ROOT,
    mappedFileSizeCommitLog: String(64 * 1024),
    mappedFileSizeConsumeQueue: '2000',
    maxMessageSize: '8192',
    maxHashSlotNum: '16',
    maxIndexNum: '60',
    flushDiskType,
    flushIntervalCommitLog: String(logFlushMs),
    flushCommitLogThoroughInterval: String(logFlushMs),
  };
}
