import { decodeConsumerRunningInfo, GET_CONSUMER_RUNNING_INFO, ResponseCode } from '@rocketmq-ts/protocol';
import { formatTimestamp } from './consume-timestamp.ts';
import type { GroupContext } from './group-context.ts';
import { RUN_TOKEN } from './running-info.ts';

/** Name under which every client states when its consumer was started. Source: ConsumerRunningInfo#PROP_CONSUMER_START_TIMESTAMP. */
const START_TIMESTAMP = 'PROP_CONSUMER_START_TIMESTAMP';
/** A proof is valid for so many periods of our heartbeat. */
const PROOF_HEARTBEATS = 3;
const CLIENT_VERSION = 'PROP_CLIENT_VERSION';

/**
 * Finds out whether another process consumes for the group under our client id. Brokers take both for one member, so each gets
 * all messages of the same queues. A broker is asked for our own running info: it passes the request to the connection
 * that it has for our client id, so an answer of another run proves that another process has the id.
 *
 * Only a configured name can be configured twice; a client with the default `instanceName` asks nothing.
 */
export class ClientIdConflict {
  readonly #context: GroupContext;
  readonly #startedMs: number;
  /** On the monotonic clock: the last proof. */
  #provedMs = Number.NEGATIVE_INFINITY;
  #warned = false;
  #underWay = false;

  /** In running info: identifies this run of the consumer. */
  readonly token: string;

  constructor(context: GroupContext, startedMs: number) {
    this.#context = context;
    this.#startedMs = startedMs;
    this.token = context.settings.platform.random.bytes(8).toString('hex');
  }

  /**
   * Whether there is a valid proof. Between two heartbeats of the other process a broker asks us, so one answer of our own
   * proves nothing.
   */
  get present(): boolean {
    const { clock, settings } = this.#context;
    return clock.monotonicMs() - this.#provedMs < PROOF_HEARTBEATS * settings.heartbeatIntervalMs;
  }

  /**
   * Asks once. To be called right before a heartbeat, since after ours the broker asks us. Never rejects; without an answer
   * nothing changes.
   */
  async probe(): Promise<void> {
    const { instance, group, settings, subscriptions, logger } = this.#context;
    if (settings.instanceName === undefined || settings.model === 'BROADCASTING' || this.#underWay) return;
    const [topic] = subscriptions.topics();
    const address = topic === undefined ? undefined : instance.routes.anyAddress(topic);
    if (address === undefined) return;
    this.#underWay = true;
    try {
      const header = { consumerGroup: group, clientId: instance.clientId, jstackEnable: false };
      const { requestTimeoutMs: timeoutMs } = settings;
      const response = await instance.remoting.request(address, GET_CONSUMER_RUNNING_INFO, header, { timeoutMs });
      // An error code: no connection is registered under our id.
      if (response.code === ResponseCode.SUCCESS)
        this.#judge(decodeConsumerRunningInfo(response.body).properties, address);
    } catch (error) {
      logger.debug('a broker could not be asked who uses our client id', { address, error });
    } finally {
      this.#underWay = false;
    }
  }

  #judge(properties: ReadonlyMap<string, string>, broker: string): void {
    const { instance, group, logger } = this.#context;
    const startedMs = Number(properties.get(START_TIMESTAMP));
    const token = properties.get(RUN_TOKEN);
    // Other clients, such as Apache's, have no token.
    if (token === undefined ? startedMs === this.#startedMs : token === this.token) return;
    this.#provedMs = this.#context.clock.monotonicMs();
    if (this.#warned) return;
    this.#warned = true;
    logger.warn(
      'another process consumes under the same client id: both get the same messages; failed ones are tried again here instead of being given back. Give each process an instanceName of its own',
      {
        group,
        clientId: instance.clientId,
        broker,
        startedHere: formatTimestamp(this.#startedMs),
        startedThere: Number.isFinite(startedMs) ? formatTimestamp(startedMs) : 'unknown',
        versionThere: properties.get(CLIENT_VERSION) ?? 'unknown',
      },
    );
  }
}
