import type { Clock, Logger } from '@rocketmq-ts/kernel';
import { PUSH_REPLY_MESSAGE_TO_CLIENT, type RequestInput, ResponseCode } from '@rocketmq-ts/protocol';
import { type RemotingConnection, RemotingError } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { ClientTable } from '../group/client-table.ts';
import { Refusal } from '../refusal.ts';

/** How long a requester may take to say that it has its reply. Source: Broker2Client#callClient. */
const PUSH_TIMEOUT_MS = 10_000;
/** Bodies of replies that wait for their requesters at a time. */
export const MAX_PUSHED_BYTES = 64 * 1024 * 1024;

/** Header of a pushed reply. */
export type PushedHeader = RequestInput<typeof PUSH_REPLY_MESSAGE_TO_CLIENT>;

export interface ReplyPushParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'replyThreadPoolQueueCapacity'>;
  readonly clients: Pick<ClientTable, 'producerConnection'>;
}

/**
 * Passes replies on to the clients that wait for them, over the connection of their heartbeats as producers. What is not
 * answered yet is bounded by number and bytes. Source: ReplyMessageProcessor#pushReplyMessage.
 */
export class ReplyPush {
  readonly #parts: ReplyPushParts;
  #count = 0;
  #bytes = 0;

  constructor(parts: ReplyPushParts) {
    this.#parts = parts;
  }

  /** Why one more reply can't be taken now; undefined when it can. */
  whyFull(bodyBytes: number): Refusal | undefined {
    const { replyThreadPoolQueueCapacity } = this.#parts.config;
    const hasRoom = this.#count < replyThreadPoolQueueCapacity && this.#bytes + bodyBytes <= MAX_PUSHED_BYTES;
    if (hasRoom || this.#count === 0) return undefined;
    const remark = `[REPLY]broker busy, ${this.#count} replies with ${this.#bytes} bytes wait for their requesters`;
    return new Refusal(ResponseCode.SYSTEM_BUSY, remark);
  }

  /** Resolves when the client has the reply, with undefined, or with why it does not have it. Never rejects. */
  async push(clientId: string | undefined, header: PushedHeader, body: Buffer): Promise<string | undefined> {
    if (clientId === undefined) return 'reply message properties[REPLY_TO_CLIENT] is null';
    const connection = this.#parts.clients.producerConnection(clientId);
    if (connection === undefined) return `push reply message fail, channel of <${clientId}> not found.`;
    const why = await this.#counted(body, whyNotTaken(connection, header, body));
    if (why === undefined) return undefined;
    this.#parts.logger.warn('a reply did not reach its requester', { clientId, peer: connection.peer, reason: why });
    // Apache's text has no blank there.
    return `push reply message to ${clientId}fail. ${why}`;
  }

  async #counted<T>(body: Buffer, push: Promise<T>): Promise<T> {
    this.#count += 1;
    this.#bytes += body.length;
    try {
      return await push;
    } finally {
      this.#count -= 1;
      this.#bytes -= body.length;
    }
  }
}

async function whyNotTaken(
  connection: RemotingConnection,
  header: PushedHeader,
  body: Buffer,
): Promise<string | undefined> {
  const options = { timeoutMs: PUSH_TIMEOUT_MS, body };
  try {
    const { code, remark } = await connection.request(PUSH_REPLY_MESSAGE_TO_CLIENT, header, options);
    return code === ResponseCode.SUCCESS ? undefined : `it answered with code ${code}: ${remark ?? 'no remark'}`;
  } catch (error) {
    if (error instanceof RemotingError) return error.message;
    throw error;
  }
}
