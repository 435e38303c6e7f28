import type { Clock, Logger, Platform, Timer } from '@rocketmq-ts/kernel';
import { UniqueKeyGenerator } from '@rocketmq-ts/protocol';
import { createRemotingClient, NameServerList, type RemotingClient } from '@rocketmq-ts/remoting';
import type { ClientSettings } from '../options.ts';
import { NameServers } from '../route/name-servers.ts';
import { RouteTable } from '../route/route-table.ts';
import { Heartbeat } from './heartbeat.ts';
import { type ConsumerMember, Members, type ProducerMember } from './members.ts';
import { Peers } from './peers.ts';
import { runPeriodically } from './periodic.ts';
import { handleReplies } from './replies.ts';
import { handleServerRequests } from './server-requests.ts';

/** When the name servers are looked up again. Source: MQClientInstance#startScheduledTask. */
const FIRST_REFRESH_MS = 10_000;
const REFRESH_MS = 120_000;

/**
 * What all producers and consumers of one client id share: connections, routes, heartbeat, timers. Made and ended by the
 * instance registry. Source: MQClientInstance.
 */
export class ClientInstance {
  readonly clientId: string;
  readonly settings: ClientSettings;
  readonly platform: Platform;
  readonly logger: Logger;
  readonly remoting: RemotingClient;
  readonly nameServers: NameServers;
  readonly #nameServerList: NameServerList;
  readonly routes: RouteTable;
  readonly heartbeat: Heartbeat;
  readonly members: Members;
  /** Servers that are connected now. */
  readonly peers: Peers;
  /** Ids for messages that this client sends. */
  readonly nextUniqueKey: () => string;
  readonly #timers: Timer[] = [];

  constructor(clientId: string, settings: ClientSettings) {
    this.clientId = clientId;
    this.settings = settings;
    this.platform = settings.platform;
    this.logger = settings.logger.named('RocketmqClient');
    const { platform, tls, serializeType, requestTimeoutMs: timeoutMs } = settings;
    const { clock, random } = platform;
    const { logger } = this;
    const remoting = createRemotingClient({ platform, logger, tls, serializeType });
    for (const hook of settings.hooks) remoting.addHook(hook);
    this.#nameServerList = new NameServerList({
      ...{ platform, logger, configured: settings.nameServers, addressServer: settings.addressServer },
      ...{ lookUp: true, firstRefreshMs: FIRST_REFRESH_MS, refreshMs: REFRESH_MS },
    });
    const nameServers = new NameServers(this.#nameServerList, remoting, platform);
    const routes = new RouteTable(nameServers, { random, logger, timeoutMs });
    this.remoting = remoting;
    this.nameServers = nameServers;
    this.routes = routes;
    this.members = new Members(clientId);
    this.heartbeat = new Heartbeat(this.members, { clientId, routes, remoting, logger, timeoutMs });
    this.peers = new Peers(
      (dialled) => this.#brokerAt(dialled),
      (dialled) => this.#nameServerList.addresses.includes(dialled),
    );
    const address = clientId.slice(0, clientId.indexOf('@')).replace(/[[\]]/g, '');
    const keys = new UniqueKeyGenerator({ clock, random, address });
    this.nextUniqueKey = () => keys.next();
  }

  get clock(): Clock {
    return this.platform.clock;
  }

  async start(): Promise<void> {
    handleServerRequests(this.remoting, this.clientId, this.members, this.logger);
    handleReplies(this.remoting, this.members.producers, this.clock, this.logger);
    this.remoting.onConnect((address) => this.peers.opened(address));
    this.remoting.onDisconnect((address) => this.peers.closed(address));
    // Until its next heartbeat a broker to which the connection broke shares our queues among the other members.
    this.remoting.onConnect((address) => this.heartbeat.connected(address));
    this.remoting.onDisconnect((address) => this.heartbeat.disconnected(address));
    await this.remoting.start();
    await this.#nameServerList.start();
    const { pollNameServerIntervalMs, heartbeatIntervalMs, persistOffsetIntervalMs } = this.settings;
    this.#periodically('refreshing routes', 10, pollNameServerIntervalMs, () => this.#refreshRoutes());
    this.#periodically('the heartbeat', 1000, heartbeatIntervalMs, async () => {
      this.routes.dropOfflineBrokers();
      // Not awaited: on each connection the question is sent before the heartbeat.
      for (const consumer of this.members.consumers.values()) void consumer.probeClientIdConflict();
      await this.heartbeat.beatAll();
    });
    this.#periodically('writing offsets', 10_000, persistOffsetIntervalMs, async () => {
      await Promise.all([...this.members.consumers.values()].map((consumer) => consumer.persistOffsets()));
    });
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) timer.cancel();
    this.#nameServerList.stop();
    await this.remoting.stop();
  }

  async removeProducer(member: ProducerMember): Promise<void> {
    if (this.members.producers.get(member.group) !== member) return;
    this.members.producers.delete(member.group);
    await this.heartbeat.unregister({ producerGroup: member.group });
  }

  async removeConsumer(member: ConsumerMember): Promise<void> {
    if (this.members.consumers.get(member.group) !== member) return;
    this.members.consumers.delete(member.group);
    await this.heartbeat.unregister({ consumerGroup: member.group });
  }

  /** Where administrative requests and sends to a broker are sent: its second port if the VIP channel is on. Source: MixAll#brokerVIPChannel. */
  administrationAddress(address: string): string {
    if (!this.settings.vipChannel) return address;
    const colon = address.lastIndexOf(':');
    return `${address.slice(0, colon)}:${Number(address.slice(colon + 1)) - 2}`;
  }

  #brokerAt(dialled: string): string | undefined {
    return this.routes
      .brokerAddresses()
      .find(({ address }) => address === dialled || this.administrationAddress(address) === dialled)?.brokerName;
  }

  async #refreshRoutes(): Promise<void> {
    const outcomes = await Promise.allSettled([...this.members.topics()].map((topic) => this.routes.refresh(topic)));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #periodically(what: string, firstMs: number, periodMs: number, task: () => void | Promise<void>): void {
    this.#timers.push(runPeriodically(this.clock, this.logger, { what, firstMs, periodMs }, task));
  }
}
