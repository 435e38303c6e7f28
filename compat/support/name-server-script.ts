import { setTimeout as pause } from 'node:timers/promises';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  BROKER_HEARTBEAT,
  createTopicConfig,
  createTopicConfigWrapper,
  decodeBrokerMemberGroup,
  decodeTopicRouteData,
  encodeDataVersion,
  encodeRegisterBrokerBody,
  GET_BROKER_MEMBER_GROUP,
  GET_ROUTEINFO_BY_TOPIC,
  MQVersion,
  NOTIFY_MIN_BROKER_ID_CHANGE,
  QUERY_DATA_VERSION,
  REGISTER_BROKER,
  UNREGISTER_BROKER,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, createRemotingServer, type RemotingClient } from '@rocketmq-ts/remoting';
import { freePort } from '@rocketmq-ts/testkit/java';

const TOPIC = 'ScriptTopic';
const REQUEST = { timeoutMs: 5000 };
/** One-way notices and closed connections need a moment. */
const SETTLE_MS = 150;

/** What a broker of the script says of itself; the addresses are real, so that notices reach it. */
interface Said {
  readonly brokerId: number;
  readonly enableActingMaster?: boolean;
  readonly stateVersion?: number;
  readonly counter?: number;
  readonly heartbeatTimeoutMillis?: number;
  readonly perm?: number;
}

/** A broker without a store: it says what the script makes it say, over a connection of its own. */
class ScriptedBroker {
  readonly address: string;
  readonly #client: RemotingClient;
  readonly #namesrv: string;
  readonly #stop: () => Promise<void>;

  static async start(port: number, namesrv: string, noticed: (line: unknown) => void): Promise<ScriptedBroker> {
    const server = createRemotingServer({ platform: nodePlatform, logger: silentLogger, host: '127.0.0.1', port });
    server.handle(NOTIFY_MIN_BROKER_ID_CHANGE, ({ header }) => {
      const { minBrokerId, minBrokerAddr, offlineBrokerAddr, haBrokerAddr } = header;
      noticed({ port, minBrokerId, minBrokerAddr, offlineBrokerAddr, haBrokerAddr });
    });
    await server.start();
    const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
    await client.start();
    return new ScriptedBroker(`127.0.0.1:${port}`, namesrv, client, async () => {
      await client.stop();
      await server.stop();
    });
  }

  constructor(address: string, namesrv: string, client: RemotingClient, stop: () => Promise<void>) {
    this.address = address;
    this.#namesrv = namesrv;
    this.#client = client;
    this.#stop = stop;
  }

  #name(brokerId: number) {
    return { brokerName: 'broker-s', brokerAddr: this.address, clusterName: 'ScriptCluster', brokerId };
  }

  async register(said: Said, topics: readonly string[] = [TOPIC, 'TBW102']): Promise<unknown> {
    const { brokerId, stateVersion = 0, counter = 1, perm = 6 } = said;
    const table = new Map(
      topics.map((name) => [name, createTopicConfig(name, { readQueueNums: 4, writeQueueNums: 4, perm })]),
    );
    const wrapper = createTopicConfigWrapper(table, { stateVersion, timestamp: 1, counter });
    const body = encodeRegisterBrokerBody(
      { topicConfigSerializeWrapper: wrapper, filterServerList: [] },
      { compressed: false, version: MQVersion.V5_4_0 },
    );
    const { enableActingMaster, heartbeatTimeoutMillis } = said;
    const header = {
      ...this.#name(brokerId),
      haServerAddr: `${this.address}-ha`,
      enableActingMaster,
      heartbeatTimeoutMillis,
    };
    const response = await this.#client.request(this.#namesrv, REGISTER_BROKER, header, { ...REQUEST, body });
    const { masterAddr, haServerAddr } = response.header;
    return { code: response.code, masterAddr, haServerAddr };
  }

  async unregister(brokerId: number): Promise<unknown> {
    const { code } = await this.#client.request(this.#namesrv, UNREGISTER_BROKER, this.#name(brokerId), REQUEST);
    await pause(SETTLE_MS);
    return { code };
  }

  async beat(brokerId: number): Promise<void> {
    await this.#client.notify(this.#namesrv, BROKER_HEARTBEAT, this.#name(brokerId));
  }

  async dataVersion(brokerId: number, counter: number): Promise<unknown> {
    const body = encodeDataVersion({ stateVersion: 0, timestamp: 1, counter });
    const response = await this.#client.request(this.#namesrv, QUERY_DATA_VERSION, this.#name(brokerId), {
      ...REQUEST,
      body,
    });
    return { code: response.code, changed: response.header.changed };
  }

  /** As a process that is killed. */
  async loseConnection(): Promise<void> {
    this.#client.closeConnection(this.#namesrv);
    await pause(SETTLE_MS);
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

/**
 * Drives a name server through the lives of one replica group: changes of address and id, two that claim one id, departures of
 * each kind, expiry, acting masters. Gives every answer, every route and every notice, in order, with names for the ports. The name
 * server has supportActingMaster and notifyMinBrokerIdChanged, and looks for silent brokers often.
 */
export async function runNameServerScript(namesrv: string): Promise<readonly unknown[]> {
  const ports = [await freePort(), await freePort(), await freePort()];
  const withNames = (text: string): string =>
    ports.reduce((named, port, index) => named.replaceAll(String(port), `port-${index}`), text);
  const history: unknown[] = [];
  const notices: unknown[] = [];
  const brokers: ScriptedBroker[] = [];
  for (const port of ports) brokers.push(await ScriptedBroker.start(port, namesrv, (line) => notices.push(line)));
  const asking = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
  await asking.start();
  const look = async (what: string, answer?: unknown): Promise<void> => {
    await pause(SETTLE_MS);
    // Name servers notify the members of a group in any order; ports are other ones in each run.
    const noticed = notices
      .splice(0)
      .map((notice) => withNames(JSON.stringify(notice)))
      .sort();
    history.push({ what, answer, noticed, ...(await seenBy(asking, namesrv)) });
  };
  try {
    await play(brokers, look);
  } finally {
    await asking.stop();
    for (const broker of brokers) await broker.stop();
  }
  return history.map((step) => JSON.parse(withNames(JSON.stringify(step))));
}

/** The route of the topic, and the members of the group. */
async function seenBy(client: RemotingClient, namesrv: string): Promise<object> {
  const route = await client.request(namesrv, GET_ROUTEINFO_BY_TOPIC, { topic: TOPIC }, REQUEST);
  const group = { clusterName: 'ScriptCluster', brokerName: 'broker-s' };
  const members = await client.request(namesrv, GET_BROKER_MEMBER_GROUP, group, REQUEST);
  const data = route.code === 0 ? decodeTopicRouteData(route.body) : undefined;
  return {
    code: route.code,
    perms: data?.queueDatas.map(({ brokerName, perm }) => [brokerName, perm]),
    brokers: data?.brokerDatas.map(({ brokerName, brokerAddrs, enableActingMaster }) => ({
      ...{ brokerName, enableActingMaster, brokerAddrs: [...brokerAddrs].sort() },
    })),
    members: [...(decodeBrokerMemberGroup(members.body)?.brokerAddrs ?? [])].sort(),
  };
}

async function play(brokers: readonly ScriptedBroker[], look: (what: string, answer?: unknown) => Promise<void>) {
  const [one, two, three] = brokers as [ScriptedBroker, ScriptedBroker, ScriptedBroker];
  const acting = { enableActingMaster: true };
  await look('one topic of an unknown broker', await one.register({ brokerId: 0 }, [TOPIC]));
  await look('a master', await one.register({ brokerId: 0 }));
  await look('its slave', await two.register({ brokerId: 1 }));
  await look('the same version', await one.dataVersion(0, 1));
  await look('another version', await one.dataVersion(0, 2));
  await look('the version of an unknown broker', await three.dataVersion(0, 1));
  await look(
    'the id of the master at another address, with an older state',
    await three.register({ brokerId: 0, stateVersion: -1 }),
  );
  await look('the same with the same state', await three.register({ brokerId: 0 }));
  await look('the first address again, with an older state', await one.register({ brokerId: 0, stateVersion: -1 }));
  await look('the first address leaves', await one.unregister(0));
  await look(
    'the slave becomes the master at the same address',
    await two.register({ brokerId: 0, stateVersion: 1, counter: 2 }),
  );
  await look('the former master as its slave', await three.register({ brokerId: 2, counter: 3 }));
  await look('the master leaves', await two.unregister(0));
  await look('a smaller slave comes', await one.register({ brokerId: 1 }));
  await look('all leave', [await one.unregister(1), await three.unregister(2)]);

  await look('a slave with an acting master', await two.register({ brokerId: 1, ...acting }));
  await look('a second one', await three.register({ brokerId: 2, ...acting }));
  await look('their master', await one.register({ brokerId: 0, ...acting }));
  await look('a change of its topics', await one.register({ brokerId: 0, counter: 5, ...acting }));
  await one.loseConnection();
  await look('the connection of the master is lost');
  await look('the acting one registers again', await two.register({ brokerId: 1, counter: 5, ...acting }));
  await two.loseConnection();
  await look('so is that of the acting one');
  await look('it comes back', await two.register({ brokerId: 1, counter: 6, ...acting }));
  await look(
    'the master comes back',
    await one.register({ brokerId: 0, counter: 6, heartbeatTimeoutMillis: 1500, ...acting }),
  );
  for (let i = 0; i < 5; i++) {
    await pause(500);
    await one.beat(0);
  }
  await look('heartbeats keep it longer than its time-out');
  await pause(3500);
  await look('its silence does not');
}
