import { SeededRandom } from '@rocketmq-ts/testing/simulated';
import {
  brokerNames,
  type ClusterAction,
  type ClusterPlan,
  type ClusterSettings,
  clientNames,
  committerNames,
  consumerNames,
  controllerNames,
  NEW_TOPIC,
  nameServerNames,
  PLAIN_TOPIC,
  producerNames,
  slaveNames,
} from './plan.ts';

const STEPS = { least: 8, most: 40 };

/** What a seed makes: a cluster and what happens to it. */
export function clusterPlanOf(seed: number): ClusterPlan {
  const random = new SeededRandom(seed);
  const settings: ClusterSettings = {
    seed,
    nameServers: random.pick([1, 1, 2, 3]),
    brokers: random.pick([1, 1, 2, 2, 3]),
    queues: random.pick([1, 1, 2, 3]),
    flush: random.pick(['SYNC_FLUSH', 'ASYNC_FLUSH']),
    producers: random.between(1, 2),
    members: random.between(1, 3),
    orderlyMembers: random.between(0, 3),
    listeners: random.pick([0, 0, 1, 2]),
    selectors: random.pick([0, 0, 1, 2]),
    committers: random.pick([0, 1, 2]),
    repliers: random.pick([0, 0, 1, 2]),
    autoBatch: random.chance(0.3),
    maxReconsumeTimes: random.between(1, 3),
    listenerMs: random.pick([2, 40, 3000, 3000]),
    diskLatencyMs: random.pick([0, 2, 10]),
    networkLatencyMs: random.pick([0, 1, 10]),
    ...slavesOf(random),
    ...pullersOf(seed),
  };
  const planner = new Planner(random, settings);
  const actions: ClusterAction[] = [];
  const steps = random.between(STEPS.least, STEPS.most);
  while (actions.length < steps) actions.push(...planner.next(actions));
  return { settings, operations: actions.map((action, number) => ({ number, action })) };
}

/** Some clusters have a slave for each broker, some have groups whose masters are chosen. */
function slavesOf(
  random: SeededRandom,
): Pick<ClusterSettings, 'controllers' | 'slaves' | 'waitsForSlave' | 'slaveReads'> {
  const [waitsForSlave, slaveReads] = [random.chance(0.6), random.chance(0.5)];
  const controllers = random.pick([1, 3]);
  if (random.chance(0.2)) return { controllers, slaves: 2, waitsForSlave: true, slaveReads };
  return random.chance(0.5) ? { slaves: 1, waitsForSlave, slaveReads } : {};
}

/** By a sequence of its own: plans without pullers are what they were before there were any. */
function pullersOf(seed: number): Pick<ClusterSettings, 'pullers'> {
  const pullers = new SeededRandom(seed + 0x70756c6c).pick([0, 0, 1, 2]);
  return pullers === 0 ? {} : { pullers };
}

class Planner {
  readonly #random: SeededRandom;
  readonly #brokers: readonly string[];
  readonly #slaves: readonly string[];
  readonly #servers: readonly string[];
  readonly #producers: readonly string[];
  readonly #committers: readonly string[];
  readonly #clients: readonly string[];
  readonly #consumers: readonly string[];
  /** Kinds of messages of this plan, each as often as it is listed. */
  readonly #sends: ((before: readonly ClusterAction[]) => ClusterAction)[];
  /** What may happen in this plan, each kind as often as it is listed. */
  readonly #troubles: (() => ClusterAction | readonly ClusterAction[])[] = [];

  constructor(random: SeededRandom, settings: ClusterSettings) {
    this.#random = random;
    this.#brokers = brokerNames(settings);
    this.#slaves = slaveNames(settings);
    this.#servers = [...this.#brokers, ...this.#slaves, ...controllerNames(settings), ...nameServerNames(settings)];
    this.#producers = producerNames(settings);
    this.#committers = committerNames(settings);
    this.#consumers = consumerNames(settings);
    this.#clients = clientNames(settings);
    this.#sends = [() => this.#send(), () => this.#send(), () => this.#send(), (before) => this.#recall(before)];
    if (settings.committers > 0)
      this.#sends.push(
        () => this.#transaction(),
        () => this.#transaction(),
      );
    if (settings.repliers > 0) this.#sends.push(() => this.#request());
    const kinds: (() => ClusterAction | readonly ClusterAction[])[][] = [
      [() => this.#end(), () => this.#start(), () => this.#start()],
      [() => this.#end(), () => this.#start()],
      [() => this.#die(), () => this.#start()],
      [() => this.#leave(), () => this.#leaveInTheMiddle(), () => this.#join(), () => this.#join()],
      [() => this.#leaveInTheMiddle(), () => this.#join()],
      [() => this.#partition(), () => ({ do: 'heal' })],
      [() => this.#outliveLock(), () => this.#join()],
      [() => this.#cut()],
      [() => this.#fault()],
      [() => ({ do: 'jump', ms: random.pick([-60_000, -3000, 3000, 60_000]) })],
    ];
    if (this.#slaves.length > 0) kinds.push([() => this.#apart(), () => ({ do: 'heal' })]);
    const { waitsForSlave, controllers } = settings;
    if (controllers !== undefined) kinds.push([() => this.#endBehind('end'), () => this.#start()]);
    else if (waitsForSlave === true)
      kinds.push([() => this.#lose(), () => this.#endBehind('lose'), () => this.#start()]);
    for (let count = random.between(1, 3); count > 0; count--) this.#troubles.push(...random.pick(kinds));
    // What replicas are for: in every second plan of those that wait for them.
    if (waitsForSlave === true && random.chance(0.5)) this.#troubles.push(...kinds.at(-1)!);
  }

  /** What follows these actions. */
  next(before: readonly ClusterAction[]): readonly ClusterAction[] {
    const random = this.#random;
    const what = random.below(100);
    if (what < 35) return [random.pick(this.#troubles)()].flat();
    if (what < 55) return [random.pick(this.#sends)(before)];
    if (what < 67) return [this.#order()];
    if (what < 69) return [{ do: 'topic', topic: NEW_TOPIC }];
    return [{ do: 'advance', ms: random.pick([0, 1, 5, 20, 100, 100, 500, 2000, 6000, 15_000]) }];
  }

  #transaction(): ClusterAction {
    const random = this.#random;
    return {
      do: 'transaction',
      producer: random.pick(this.#committers),
      count: random.pick([1, 2, 6]),
      ends: random.pick(['COMMIT', 'COMMIT', 'ROLLBACK', 'UNKNOWN']),
      later: random.pick(['COMMIT', 'ROLLBACK']),
      ...(random.chance(0.15) ? { fails: random.pick([1, 2, 99]) } : {}),
    };
  }

  /** Cancels earlier timer messages, or sends some where there are none. */
  #recall(before: readonly ClusterAction[]): ClusterAction {
    const timers = before.flatMap((each, number) => (each.do === 'send' && each.delayMs !== undefined ? [number] : []));
    if (timers.length > 0 && this.#random.chance(0.5))
      return { do: 'recall', producer: this.#random.pick(this.#producers), of: this.#random.pick(timers) };
    const { level: _, list: __, ...send } = this.#send();
    return { ...send, delayMs: this.#random.pick([1, 700, 3000, 6543, 12_000, 45_000]) };
  }

  #request(): ClusterAction {
    return { do: 'request', producer: this.#random.pick(this.#producers), count: this.#random.between(1, 4) };
  }

  #send(): Extract<ClusterAction, { do: 'send' }> {
    const random = this.#random;
    if (random.chance(0.2)) {
      const count = random.pick([2, 5, 10]);
      const producer = random.pick(this.#producers);
      return { do: 'send', producer, topic: PLAIN_TOPIC, count, bytes: random.pick([0, 2000]), list: true };
    }
    return {
      do: 'send',
      producer: random.pick(this.#producers),
      topic: random.pick([PLAIN_TOPIC, PLAIN_TOPIC, PLAIN_TOPIC, NEW_TOPIC]),
      count: random.pick([1, 1, 3, 10]),
      bytes: random.pick([0, 100, 2000]),
      ...(random.chance(0.2) ? { level: random.between(1, 5) } : {}),
      ...(random.chance(0.15) ? { fails: random.pick([1, 2, 99]) } : {}),
    };
  }

  #order(): ClusterAction {
    const random = this.#random;
    return {
      do: 'order',
      producer: random.pick(this.#producers),
      key: random.below(4),
      count: random.between(1, 6),
      ...(random.chance(0.1) ? { fails: random.pick([1, 2, 99]) } : {}),
    };
  }

  #end(): ClusterAction {
    const how = this.#random.pick(['stop', 'kill', 'kill', 'power loss'] as const);
    return { do: 'end', server: this.#random.pick([...this.#brokers, ...this.#servers]), how };
  }

  #start(): ClusterAction {
    return { do: 'start', server: this.#random.pick(this.#servers) };
  }

  #die(): ClusterAction {
    const how = this.#random.pick(['kill', 'power loss'] as const);
    return {
      do: 'die',
      server: this.#random.pick([...this.#brokers, ...this.#slaves]),
      calls: this.#random.between(1, 60),
      how,
    };
  }

  /** A master and its slave do not see each other. */
  #apart(): ClusterAction {
    const broker = this.#random.pick(this.#brokers);
    return this.#oneWayOrBoth(broker, `${broker}-s1`);
  }

  #oneWayOrBoth(a: string, b: string): ClusterAction {
    const random = this.#random;
    const [from, to] = random.chance(0.5) ? [a, b] : [b, a];
    return { do: 'partition', a: from, b: to, ...(random.chance(0.4) && { oneWay: true }) };
  }

  #lose(): ClusterAction {
    return { do: 'lose', broker: this.#random.pick(this.#brokers) };
  }

  /**
   * A master ends, or is lost, whose slaves lack what was sent last: none of that may be acknowledged. Where only the bytes of the
   * master are lost, slaves go on to report what they have.
   */
  #endBehind(what: 'end' | 'lose'): ClusterAction[] {
    const random = this.#random;
    const broker = random.pick(this.#brokers);
    const slaves = this.#slaves.filter((name) => name.startsWith(`${broker}-`));
    const oneWay = random.chance(0.6);
    const apart = slaves.map((slave): ClusterAction => ({ do: 'partition', a: broker, b: slave, oneWay }));
    const producer = random.pick(this.#producers);
    const round: readonly ClusterAction[] = [
      { do: 'send', producer, topic: PLAIN_TOPIC, count: 10, bytes: 0 },
      { do: 'advance', ms: random.pick([20, 500, 1000]) },
    ];
    const rounds = Array.from({ length: random.pick([1, 2, 8]) }, () => round).flat();
    const end: ClusterAction =
      what === 'lose'
        ? { do: 'lose', broker }
        : { do: 'end', server: broker, how: random.pick(['kill', 'power loss']) };
    return [...apart, ...rounds, end, { do: 'advance', ms: random.pick([100, 15_000]) }, { do: 'heal' }];
  }

  #leave(): ClusterAction {
    return {
      do: 'leave',
      client: this.#random.pick([...this.#consumers, ...this.#clients]),
      how: this.#random.pick(['kill', 'kill', 'stop']),
    };
  }

  /** A consumer ends while listeners have messages. */
  #leaveInTheMiddle(): ClusterAction[] {
    const random = this.#random;
    const send: ClusterAction = {
      do: 'send',
      producer: random.pick(this.#producers),
      topic: PLAIN_TOPIC,
      count: 10,
      bytes: 0,
    };
    const client = random.pick(this.#consumers);
    const advance: ClusterAction = { do: 'advance', ms: random.pick([100, 700, 1500]) };
    return [send, advance, { do: 'leave', client, how: random.pick(['kill', 'kill', 'stop']) }];
  }

  #join(): ClusterAction {
    return { do: 'join', client: this.#random.pick(this.#clients) };
  }

  #partition(): ClusterAction {
    const { a, b } = this.#pair();
    return this.#oneWayOrBoth(a, b);
  }

  /** A consumer can't renew its locks for longer than itself, or also the broker, trusts them. */
  #outliveLock(): ClusterAction[] {
    const random = this.#random;
    const client = random.pick(this.#consumers);
    const apart = this.#brokers.map((broker): ClusterAction => ({ do: 'partition', a: broker, b: client }));
    const advance: ClusterAction = { do: 'advance', ms: random.pick([20_000, 35_000, 65_000]) };
    return [this.#order(), ...(random.chance(0.5) ? apart : apart.slice(0, 1)), advance, this.#order(), { do: 'heal' }];
  }

  #cut(): ClusterAction {
    return { do: 'cut', ...this.#pair() };
  }

  /** Two machines that speak with each other. */
  #pair(): { a: string; b: string } {
    const random = this.#random;
    const server = random.pick(this.#servers);
    if (this.#brokers.includes(server) || this.#slaves.includes(server))
      return { a: server, b: random.pick(this.#clients) };
    return { a: server, b: random.pick([...this.#brokers, ...this.#clients]) };
  }

  #fault(): ClusterAction {
    const random = this.#random;
    const server = random.pick([...this.#brokers, ...this.#slaves]);
    const path = random.pick(['commitlog', 'consumequeue', '/config/']);
    const times = random.pick([1, 4, 20]);
    if (random.chance(0.5)) {
      const delayMs = random.pick([50, 1000, 7000]);
      return { do: 'fault', server, operation: random.pick(['write', 'sync']), path, delayMs, times };
    }
    const operation = random.pick(['write', 'sync', 'open', 'rename'] as const);
    return { do: 'fault', server, operation, path, code: random.pick(['ENOSPC', 'ENOSPC', 'EIO']), times };
  }
}
