import { asError, type Clock, type Logger, type Timer } from '@rocketmq-ts/kernel';
import { GET_ALL_MESSAGE_REQUEST_MODE, GET_TIMER_METRICS } from '@rocketmq-ts/protocol';
import { type RemotingClient, RemotingError } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { BrokerIdentity } from '../identity.ts';
import type { Registration } from '../registration/registration.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import { FollowedGroups, type FollowedGroupsParts } from './followed-groups.ts';
import { FollowedProgress, type FollowedProgressParts } from './followed-progress.ts';
import { FollowedTopics, type FollowedTopicsParts } from './followed-topics.ts';
import { MasterTables } from './master-tables.ts';
import type { RequestModes } from './request-modes.ts';

/** Source: BrokerController#handleSlaveSynchronize. */
const LOOP_MS = 3000;
const FULL_ROUND_MS = 60_000;

export interface SlaveSynchronizeParts extends FollowedTopicsParts, FollowedGroupsParts, FollowedProgressParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly identity: BrokerIdentity;
  readonly role: BrokerRole;
  readonly client: RemotingClient;
  readonly registration: Pick<Registration, 'registerAll'>;
  readonly requestModes: RequestModes;
}

/** What is followed, by its name in the log. */
interface Item {
  readonly name: string;
  /** Costs nothing where nothing has changed: asked for in every loop, not only in full rounds. */
  readonly isCheap: () => boolean;
  /** `all`: in a full round. */
  readonly follow: (master: MasterTables, all: boolean) => Promise<void>;
}

/**
 * A slave asks its master for what is not in the log: topics, groups, progress of consumers, delays and timers, modes of
 * groups. All of it when it finds a master and then once a minute, as Apache's; what is cheap to ask for every three seconds.
 * Each item fails alone, and that is logged once. While no master answers, name servers are asked for one. Source:
 * SlaveSynchronize.
 */
export class SlaveSynchronize implements Feature {
  readonly #parts: SlaveSynchronizeParts;
  readonly #topics: FollowedTopics;
  readonly #groups: FollowedGroups;
  readonly #progress: FollowedProgress;
  readonly #items: readonly Item[];
  readonly #failing = new Set<string>();
  #timer: Timer | undefined;
  #master: string | undefined;
  #isRunning = false;
  #isAnswering = false;
  #fullRoundMs = Number.NEGATIVE_INFINITY;

  constructor(parts: SlaveSynchronizeParts) {
    this.#parts = parts;
    this.#topics = new FollowedTopics(parts);
    this.#groups = new FollowedGroups(parts);
    this.#progress = new FollowedProgress(parts);
    const always = (): boolean => true;
    const never = (): boolean => false;
    this.#items = [
      { name: 'topics', isCheap: always, follow: (master, all) => this.#topics.follow(master, all) },
      { name: 'consumer groups', isCheap: always, follow: (master, all) => this.#groups.follow(master, all) },
      { name: 'progress', isCheap: () => this.#progress.isSmall, follow: (master) => this.#progress.follow(master) },
      {
        name: 'message request modes',
        isCheap: never,
        follow: async (master) => parts.requestModes.follow((await master.ask(GET_ALL_MESSAGE_REQUEST_MODE, {})).body),
      },
      {
        name: 'timer metrics',
        isCheap: never,
        follow: async (master) => parts.timers.metrics.follow((await master.ask(GET_TIMER_METRICS, {})).body),
      },
    ];
  }

  start(): void {
    const { clock, role, client, offsets } = this.#parts;
    offsets.keepOwnCommits(role.isSlave);
    this.#timer = clock.every(LOOP_MS, () => this.#loop());
    role.onChange(() => {
      offsets.keepOwnCommits(role.isSlave);
      if (role.isOnDuty) this.#progress.drop();
      if (role.masterAddress !== this.#master) this.#masterChanged();
    });
    // The next master may have registered already.
    client.onDisconnect((address) => {
      if (this.#timer !== undefined && address === role.masterAddress) this.#askForMaster();
    });
    this.#masterChanged();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#progress.drop();
  }

  #masterChanged(): void {
    const { role, logger } = this.#parts;
    const before = this.#master;
    this.#master = role.masterAddress;
    this.#topics.masterChanged();
    this.#groups.masterChanged();
    this.#progress.drop();
    this.#fullRoundMs = Number.NEGATIVE_INFINITY;
    this.#isAnswering = false;
    if (this.#timer === undefined || !role.isSlave) return;
    logger.info('this slave knows its master', { master: this.#master ?? 'none', before: before ?? 'none' });
    if (this.#master !== undefined) this.#loop();
  }

  #loop(): void {
    const { role, identity } = this.#parts;
    if (!role.isSlave || this.#isRunning) return;
    if (!this.#isAnswering) this.#askForMaster();
    if (this.#master === undefined || this.#master === identity.brokerAddr) return;
    this.#isRunning = true;
    const address = this.#master;
    void this.#round(address).finally(() => {
      this.#isRunning = false;
      // Another master was found meanwhile: its round was not begun.
      if (this.#timer !== undefined && this.#master !== undefined && this.#master !== address) this.#loop();
    });
  }

  #askForMaster(): void {
    const { role, registration, config } = this.#parts;
    if (role.isSlave && !config.enableControllerMode) void registration.registerAll();
  }

  async #round(address: string): Promise<void> {
    const { clock, client } = this.#parts;
    const master = new MasterTables(client, clock, address);
    const nowMs = clock.monotonicMs();
    const isFull = nowMs - this.#fullRoundMs >= FULL_ROUND_MS;
    for (const item of this.#items) {
      if (this.#timer === undefined || this.#master !== address) return;
      if (!isFull && !item.isCheap() && !this.#failing.has(item.name)) continue;
      try {
        await item.follow(master, isFull);
        this.#succeeded(item.name);
      } catch (error) {
        this.#failed(item.name, address, asError(error));
        // The others would wait for the same silent master.
        if (error instanceof RemotingError) {
          this.#isAnswering = false;
          return;
        }
      }
      if (this.#master === address) this.#isAnswering = true;
    }
    if (isFull && this.#master === address) this.#fullRoundMs = nowMs;
  }

  #succeeded(name: string): void {
    if (this.#failing.delete(name)) this.#parts.logger.info('the master’s metadata is followed again', { item: name });
  }

  #failed(name: string, master: string, error: Error): void {
    if (this.#failing.has(name)) return;
    this.#failing.add(name);
    this.#parts.logger.warn('a part of the master’s metadata can not be followed; it is tried again', {
      ...{ item: name, master, error: error.message },
    });
  }
}
