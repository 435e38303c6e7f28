import assert from 'node:assert/strict';
import { LiveConfig, readConfig, silentLogger } from '@rocketmq-ts/kernel';
import {
  CONSUMER_SEND_MSG_BACK,
  type Command,
  decodeMessages,
  encodeBatch,
  encodeHeartbeatData,
  HEART_BEAT,
  type HeartbeatData,
  type MessageView,
  PULL_MESSAGE,
  type RequestInput,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE_V2,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_BROKER_CONFIG,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import {
  createRemotingClient,
  createRemotingServer,
  type RemotingClient,
  type RemotingServer,
  type RequestOptions,
  type Response,
} from '@rocketmq-ts/remoting';
import { createMessageStore, type MessageStore } from '@rocketmq-ts/store';
import {
  LogLines,
  ProcessClock,
  PULL_FIELDS,
  SEND_FIELDS,
  SimulatedEnvironment,
  type SimulatedPlatform,
  smallStoreFiles,
} from '@rocketmq-ts/testkit';
import { type Broker, brokerConfigTable, createBroker } from '../src/index.ts';

export const ROOT = '/store';
const TIMEOUT_MS = 60_000;

/** Simulated machines with brokers and callers; no timer of them may be left after `dispose`. */
export class Stage {
  readonly environment: SimulatedEnvironment;
  readonly log = new LogLines();
  /** What operators read on the brokers' consoles. */
  readonly reports: string[] = [];
  readonly #stops: (() => Promise<void> | void)[] = [];
  readonly #processes = new Map<string, { readonly clock: ProcessClock; readonly stop: () => Promise<void> }>();
  #newest: ProcessClock | undefined;

  /** `diskBytes`: room on the disk of each machine; by default more than any test takes. */
  constructor(seed = 1, diskBytes?: number) {
    this.environment = new SimulatedEnvironment(seed, {
      network: { splitChance: 0.2 },
      disk: diskBytes === undefined ? {} : { totalBytes: diskBytes },
    });
  }

  get clock(): SimulatedEnvironment['clock'] {
    return this.environment.clock;
  }

  machine(name = 'broker'): SimulatedPlatform {
    return this.environment.machine(name);
  }

  /** A started broker on a machine of its own; the store survives it. */
  async broker(properties: Record<string, string> = {}, machine = 'broker'): Promise<Broker> {
    const broker = this.newBroker(properties, machine);
    await this.clock.run(Promise.resolve(broker.start()), 60_000);
    const stop = (): Promise<void> => broker.stop();
    this.#stops.push(stop);
    this.#processes.set(machine, { clock: this.#newest!, stop });
    return broker;
  }

  /** The store of a machine, opened without a broker; its caller stops it. */
  async store(machine = 'broker'): Promise<MessageStore> {
    const store = createMessageStore({
      platform: this.machine(machine),
      logger: silentLogger,
      root: ROOT,
      config: {
        ...smallStoreFiles,
        mappedFileSizeCommitLog: 1024 * 1024,
        mappedFileSizeConsumeQueue: 2000,
        maxMessageSize: 65536,
      },
      delayLevelsMs: [1000, 5000],
      processId: 1,
    });
    await this.clock.run(store.start());
    return store;
  }

  /** The broker on a machine ends without doing anything more: its process is killed, or the machine loses its power. */
  end(how: 'kill' | 'power loss', machine = 'broker'): void {
    const process = this.#processes.get(machine);
    assert.ok(process, `no broker runs on ${machine}`);
    this.#processes.delete(machine);
    process.clock.end();
    this.environment.network.killHost(machine);
    const { disk } = this.machine(machine);
    if (how === 'kill') disk.killProcess();
    else disk.crash();
    disk.faults.clear();
    this.#stops.splice(this.#stops.indexOf(process.stop), 1);
  }

  newBroker(properties: Record<string, string> = {}, machine = 'broker'): Broker {
    const { namesrvAddrs = '', ...rest } = properties;
    const given = new Map(
      Object.entries({
        brokerName: 'a',
        storePathRootDir: ROOT,
        mappedFileSizeCommitLog: String(1024 * 1024),
        mappedFileSizeConsumeQueue: '2000',
        ...(namesrvAddrs === '' ? {} : { namesrvAddr: namesrvAddrs }),
        ...rest,
      }),
    );
    const reading = readConfig(brokerConfigTable, given);
    assert.deepEqual([reading.problems, reading.unknown], [[], []]);
    const platform = this.machine(machine);
    const clock = new ProcessClock(platform.clock);
    this.#newest = clock;
    return createBroker({
      platform: { ...platform, clock },
      logger: this.log.logger,
      config: new LiveConfig(brokerConfigTable, reading.config, { given: given.keys() }),
      report: (sentence) => this.reports.push(sentence),
      hostName: machine,
      homeDirectory: '/home',
      processId: 1,
      physicalMemoryBytes: 1e9,
      configFile: `${ROOT}/broker.conf`,
    });
  }

  stop(broker: Broker): Promise<void> {
    return this.clock.run(broker.stop(), 60_000);
  }

  /** Starts a broker, and connects a caller to it. */
  async started(properties: Record<string, string> = {}): Promise<Caller> {
    await this.broker(properties);
    return this.caller();
  }

  async caller(address = 'broker:10911', machine = 'client'): Promise<Caller> {
    const client = createRemotingClient({ platform: this.machine(machine), logger: this.log.logger });
    await client.start();
    this.#stops.push(() => client.stop());
    return new Caller(client, address, this);
  }

  /** A server of another machine, such as a name server; started by its caller once it has its handlers. */
  server(machine: string, port: number, limits: { readonly maxFrameBytes?: number } = {}): RemotingServer {
    const server = createRemotingServer({
      platform: this.machine(machine),
      logger: silentLogger,
      host: '0.0.0.0',
      port,
      limits,
    });
    this.#stops.push(() => server.stop());
    return server;
  }

  /** A JSON file of the broker on a machine as it is on the disk now, parsed. */
  saved(name: string, machine = 'broker') {
    return JSON.parse(this.machine(machine).disk.readFile(`${ROOT}/config/${name}.json`)?.toString() ?? '{}');
  }

  onDispose(stop: () => Promise<void> | void): void {
    this.#stops.push(stop);
  }

  async dispose(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await this.clock.run(Promise.resolve(stop()), 60_000);
    assert.equal(this.clock.pendingTimers, 0, 'timers are left');
    const crashes = this.log.lines.filter((line) => /handler|a defect/i.test(line.sentence) && line.level === 'error');
    assert.deepEqual(crashes, [], 'a handler failed');
  }
}

type SendInput = Partial<RequestInput<typeof SEND_MESSAGE_V2>>;
type SendBackInput = Partial<RequestInput<typeof CONSUMER_SEND_MSG_BACK>>;
type PullInput = Partial<RequestInput<typeof PULL_MESSAGE>>;

/** One client, as raw as the wire. */
export class Caller {
  readonly remoting: RemotingClient;
  readonly address: string;
  readonly stage: Stage;

  constructor(remoting: RemotingClient, address: string, stage: Stage) {
    this.remoting = remoting;
    this.address = address;
    this.stage = stage;
  }

  /** Virtual time passes until the answer is there. */
  request<C extends Command>(
    command: C,
    header: RequestInput<C>,
    options: Partial<RequestOptions> = {},
  ): Promise<Response<C>> {
    return this.stage.clock.run(this.ask(command, header, options), TIMEOUT_MS);
  }

  /** The same without letting time pass. */
  ask<C extends Command>(
    command: C,
    header: RequestInput<C>,
    options: Partial<RequestOptions> = {},
  ): Promise<Response<C>> {
    return this.remoting.request(this.address, command, header, { timeoutMs: TIMEOUT_MS, ...options });
  }

  send(topic: string, body: string, header: SendInput = {}): Promise<Response<typeof SEND_MESSAGE_V2>> {
    return this.request(SEND_MESSAGE_V2, { ...SEND_FIELDS, topic, ...header }, { body: Buffer.from(body) });
  }

  /** One batch of messages with these property texts; bodies are 'x' where none is given. */
  sendBatch(
    topic: string,
    members: readonly { readonly body?: string; readonly propertiesText?: string }[],
    header: SendInput = {},
  ): Promise<Response<typeof SEND_BATCH_MESSAGE>> {
    const body = encodeBatch(
      members.map(({ body: text = 'x', propertiesText = '' }) => ({
        flag: 0,
        body: Buffer.from(text),
        propertiesText,
      })),
    );
    return this.request(SEND_BATCH_MESSAGE, { ...SEND_FIELDS, topic, batch: true, ...header }, { body });
  }

  /** Sends a stored message back for group G, which leaves the delay level to the broker. */
  sendBack(
    { physicalOffset }: { readonly physicalOffset: number },
    header: SendBackInput = {},
  ): Promise<Response<typeof CONSUMER_SEND_MSG_BACK>> {
    return this.request(CONSUMER_SEND_MSG_BACK, { offset: physicalOffset, group: 'G', delayLevel: 0, ...header });
  }

  /** Changes properties of the running broker, one a line. */
  configure(text: string): Promise<Response<typeof UPDATE_BROKER_CONFIG>> {
    return this.request(UPDATE_BROKER_CONFIG, {}, { body: Buffer.from(text) });
  }

  /** A pull of everything in queue 0, with the subscription in the request, not held. */
  pull(topic: string, header: PullInput = {}): Promise<Response<typeof PULL_MESSAGE>> {
    return this.stage.clock.run(this.askPull(topic, header), TIMEOUT_MS);
  }

  askPull(topic: string, header: PullInput = {}): Promise<Response<typeof PULL_MESSAGE>> {
    return this.ask(PULL_MESSAGE, {
      ...PULL_FIELDS,
      topic,
      ...header,
    });
  }

  /** How far a group is in queue 0, or in the queue that is named. */
  commit(consumerGroup: string, topic: string, commitOffset: number, queueId = 0) {
    return this.request(UPDATE_CONSUMER_OFFSET, { consumerGroup, topic, queueId, commitOffset });
  }

  /** Creates or changes a topic with so many queues to read and to write. */
  putTopic(topic: string, queues = 1, fields: Partial<RequestInput<typeof UPDATE_AND_CREATE_TOPIC>> = {}) {
    const header = { topic, readQueueNums: queues, writeQueueNums: queues, perm: 6, ...fields };
    return this.request(UPDATE_AND_CREATE_TOPIC, header);
  }

  /** All messages of a queue from an offset on, over as many pulls as that takes: at least one. */
  async messages(topic: string, header: PullInput = {}): Promise<MessageView[]> {
    const found: MessageView[] = [];
    let response = await this.pull(topic, header);
    while (response.code === ResponseCode.SUCCESS || response.code === ResponseCode.PULL_RETRY_IMMEDIATELY) {
      found.push(...decodeMessages(response.body, { inflate: false }));
      response = await this.pull(topic, { ...header, queueOffset: response.header.nextBeginOffset });
    }
    assert.equal(response.code, ResponseCode.PULL_NOT_FOUND, response.remark);
    assert.notEqual(found.length, 0, `no message in ${topic}`);
    return found;
  }

  /** Bodies of all messages of a queue: at least one. */
  async bodies(topic: string, header: PullInput = {}): Promise<string[]> {
    return (await this.messages(topic, header)).map((message) => message.body.toString());
  }

  /** The last message of a queue. */
  async last(topic: string): Promise<MessageView> {
    return (await this.messages(topic)).at(-1)!;
  }

  heartbeat(data: Partial<HeartbeatData>): Promise<Response<typeof HEART_BEAT>> {
    const full: HeartbeatData = {
      clientID: 'c1',
      producerGroups: [],
      consumers: [],
      heartbeatFingerprint: 0,
      withoutSub: false,
      ...data,
    };
    return this.request(HEART_BEAT, {}, { body: encodeHeartbeatData(full) });
  }
}

/** `TAGS=a` in the form of a property text. */
export function properties(pairs: Record<string, string>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}\u0001${value}\u0002`)
    .join('');
}
