import { asError } from '@rocketmq-ts/kernel';
import { type Command, type RequestInput, ResponseCode } from '@rocketmq-ts/protocol';
import {
  type NameServerList,
  type RemotingClient,
  RemotingError,
  type RequestOptions,
  type Response,
} from '@rocketmq-ts/remoting';
import { AdminError } from './errors.ts';

/** How operations reach servers: errors typed, answers with another code than SUCCESS thrown. */
export interface Wire {
  /** Those that are known when it is read. */
  readonly namesrvAddresses: readonly string[];
  /** Asks a broker. Codes in `accept` are answers too, not errors. */
  broker<C extends Command>(
    address: string,
    command: C,
    header: RequestInput<C>,
    options?: WireOptions,
  ): Promise<Response<C>>;
  /** Asks one name server, the next one when it can't be reached. */
  nameServer<C extends Command>(command: C, header: RequestInput<C>, options?: WireOptions): Promise<Response<C>>;
  /** Asks every name server; throws the last error after all were asked. */
  everyNameServer<C extends Command>(
    command: C,
    header: RequestInput<C>,
    options?: WireOptions,
  ): Promise<NameServerAnswer<C>[]>;
}

interface WireOptions {
  readonly body?: Uint8Array | undefined;
  readonly timeoutMs?: number | undefined;
  readonly accept?: readonly number[] | undefined;
  /** Undefined: every configured name server. */
  readonly addresses?: readonly string[] | undefined;
}

interface NameServerAnswer<C extends Command> {
  readonly address: string;
  readonly response: Response<C>;
}

/** Of one request, by default. */
const TIMEOUT_MS = 5000;
/** Of a request that takes a broker longer: it asks a client, or reads all queues. */
export const LONG_TIMEOUT_MS = 3 * TIMEOUT_MS;

/** Of a request for a whole table. Source: ExportMetadataCommand. */
export const TABLE_TIMEOUT_MS = 2 * TIMEOUT_MS;

/**
 * Sends the requests of operations through a client that its caller starts and stops. Answers are awaited for `timeoutMs`, unless a
 * request has a wait of its own.
 */
export function createWire(client: RemotingClient, nameServers: NameServerList, timeoutMs = TIMEOUT_MS): Wire {
  /** The one that answered last is asked first. */
  let preferred = 0;

  async function ask<C extends Command>(
    address: string,
    command: C,
    header: RequestInput<C>,
    options: WireOptions,
    server: 'broker' | 'name server',
  ): Promise<Response<C>> {
    const request: RequestOptions = { timeoutMs: options.timeoutMs ?? timeoutMs, body: options.body };
    const response = await client.request(address, command, header, request);
    if (response.code === ResponseCode.SUCCESS || options.accept?.includes(response.code) === true) return response;
    throw new AdminError('REFUSED', response.remark ?? `${command.name} was refused without a reason`, {
      responseCode: response.code,
      address: server === 'broker' ? address : undefined,
    });
  }

  return {
    get namesrvAddresses() {
      return nameServers.addresses;
    },

    async broker(address, command, header, options = {}) {
      if (address === '') throw new AdminError('NO_BROKER', `no address of a broker to send ${command.name} to`);
      try {
        return await ask(address, command, header, options, 'broker');
      } catch (error) {
        throw error instanceof RemotingError ? unreachable(error, address) : error;
      }
    },

    async nameServer(command, header, options = {}) {
      const reasons: string[] = [];
      const namesrvAddresses = nameServers.addresses;
      for (let tries = 0; tries < namesrvAddresses.length; tries++) {
        const index = (preferred + tries) % namesrvAddresses.length;
        const address = namesrvAddresses[index]!;
        try {
          const response = await ask(address, command, header, options, 'name server');
          preferred = index;
          return response;
        } catch (error) {
          if (!(error instanceof RemotingError)) throw error;
          reasons.push(error.message);
        }
      }
      throw noNameServer(reasons, nameServers.whyEmpty);
    },

    async everyNameServer(command, header, options = {}) {
      const addresses = options.addresses ?? nameServers.addresses;
      const answers: NameServerAnswer<typeof command>[] = [];
      let failure: Error | undefined;
      for (const address of addresses) {
        try {
          answers.push({ address, response: await ask(address, command, header, options, 'name server') });
        } catch (error) {
          failure = error instanceof RemotingError ? noNameServer([error.message], undefined, error) : asError(error);
        }
      }
      if (failure !== undefined) throw failure;
      if (addresses.length === 0) throw noNameServer([], nameServers.whyEmpty);
      return answers;
    },
  };
}

function unreachable(error: RemotingError, address: string): AdminError {
  return new AdminError('UNREACHABLE', error.message, { address, cause: error });
}

function noNameServer(reasons: readonly string[], whyEmpty?: string, cause?: unknown): AdminError {
  const text =
    reasons.length === 0
      ? `no name server address is known${whyEmpty === undefined ? '' : `, since ${whyEmpty}`}: give -n host:port or set NAMESRV_ADDR`
      : `no name server could be asked: ${reasons.join('; ')}`;
  return new AdminError('NO_NAME_SERVER', text, { cause });
}
