import { type Clock, ServiceStack, sleep, systemErrorCode } from '@rocketmq-ts/kernel';
import { knownRequest, ResponseCode } from '@rocketmq-ts/protocol';
import {
  AnswerMemory,
  createRemotingServer,
  type IncomingRequest,
  type Interceptor,
  type Refusal,
  type RemotingServer,
} from '@rocketmq-ts/remoting';
import type { StoreFacts } from '@rocketmq-ts/store';
import { whyUnservedByBroker } from './admin/unserved-requests.ts';
import type { BrokerOptions } from './broker-options.ts';
import { BrokerError } from './errors.ts';
import type { Feature, PortRole } from './feature.ts';
import type { HeldRequests } from './hold/held-requests.ts';

/** Answers that are under way when the broker stops get so long at the most to go out. */
const DRAIN_MS = 300;
const DRAIN_STEP_MS = 20;

interface Port {
  readonly role: PortRole;
  readonly number: number;
  readonly server: RemotingServer;
}

/** The ports of a broker, which share the memory of their answers. As a feature it opens and closes them. */
export class Ports implements Feature {
  readonly #clock: Clock;
  readonly #ports: readonly Port[];
  readonly #open = new ServiceStack();
  readonly #answerMemory: AnswerMemory;

  constructor(options: BrokerOptions) {
    const { platform, logger, tls, serializeType, config } = options;
    const { bindAddress, listenPort } = config.values;
    this.#clock = platform.clock;
    const answerMemory = new AnswerMemory(platform.clock);
    this.#answerMemory = answerMemory;
    const port = (role: PortRole, number: number): Port => {
      const server = createRemotingServer({
        platform,
        logger: logger.named('remoting'),
        host: bindAddress,
        port: number,
        tls,
        serializeType: serializeType ?? 'JSON',
        idleTimeoutMs: () => config.values.serverChannelMaxIdleTimeSeconds * 1000,
        whyUnserved: whyUnservedByBroker(role),
        answerMemory,
      });
      return { role, number, server };
    };
    this.#ports = [port('listenPort', listenPort), port('fastPort', listenPort - 2)];
  }

  /** Lets features register their handlers. */
  register(features: readonly Feature[]): void {
    for (const { server, role } of this.#ports) for (const feature of features) feature.serve?.(server, role);
  }

  /** Adds an interceptor to all ports. */
  intercept(interceptor: Interceptor): void {
    for (const { server } of this.#ports) server.intercept(interceptor);
  }

  /** Open connections. */
  get connectionCount(): number {
    return this.#ports.reduce((sum, { server }) => sum + server.connectionCount, 0);
  }

  /** Bytes of answers that are being made or not read. */
  get answerBytes(): number {
    return this.#answerMemory.usedBytes;
  }

  async start(): Promise<void> {
    for (const port of this.#ports)
      await this.#open.start({ start: () => listen(port), stop: () => port.server.stop() });
  }

  stop(): Promise<void> {
    return this.#open.stop();
  }

  /**
   * What happens before the ports are closed: requests are refused, held ones are answered, no connection is taken, and what
   * is under way has a moment to be answered.
   */
  draining(held: Pick<HeldRequests, 'answerAll'>, store: { readonly facts: StoreFacts }): Feature {
    return {
      stop: async () => {
        for (const { server } of this.#ports) server.intercept({ before: refuseSinceStopping });
        held.answerAll();
        await Promise.all(this.#ports.map(({ server }) => server.stopAccepting()));
        const deadline = this.#clock.monotonicMs() + DRAIN_MS;
        do await sleep(this.#clock, DRAIN_STEP_MS);
        while (store.facts.unconfirmedBytes > 0 && this.#clock.monotonicMs() < deadline);
      },
    };
  }
}

/**
 * Where a port is in use or not permitted, the error names it and the property, since it may be the port two below the
 * configured one; other errors are the system's.
 */
async function listen({ server, number }: Port): Promise<void> {
  try {
    await server.start();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const problem = code === 'EACCES' ? 'may not be opened by this user' : 'is in use by another process';
    throw new BrokerError(
      'PORT_IN_USE',
      `port ${number} ${problem}: set listenPort in the file given with -c (that port and the one two below it are used)`,
      { cause: error },
    );
  }
}

function refuseSinceStopping({ code }: IncomingRequest): Refusal {
  const name = knownRequest(code)?.name ?? `request ${code}`;
  return {
    code: ResponseCode.SERVICE_NOT_AVAILABLE,
    remark: `the broker is stopping and does not serve ${name}; ask another one, or again after its start`,
  };
}
