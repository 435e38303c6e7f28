import { ClientError, clientErrors } from '../errors.ts';
import type { Message } from './message.ts';
import { checkMember, DEFAULT_MAX_MESSAGE_BYTES, memberBytes, type OutgoingMessage } from './outgoing.ts';

/** How large the pieces of a split batch may be. */
export interface SplitOptions {
  /**
   * Most bytes of a piece on the wire: bodies, properties, and 64 bytes a message that producers add to them. Clients and
   * brokers hold the same sum against their limit. Default 4 194 304, the default of both.
   */
  readonly maxBytes?: number | undefined;
}

/**
 * Splits messages into batches that can be sent: each of one topic, within the limit, and as few as their order allows. The
 * messages of a topic keep their order; a change of `waitStoreOk` begins a new batch. The list may be empty.
 *
 * ```ts
 * for (const batch of splitBatch(messages)) await producer.send(batch);
 * ```
 *
 * Throws ClientError `MESSAGE_ILLEGAL` or `NAME_ILLEGAL` for a message that can travel in no batch: it is too large by
 * itself, delayed, or illegal. Its place in the list is `facts.index`, and in the text. Then nothing is split.
 */
export function splitBatch(messages: readonly Message[], options: SplitOptions = {}): Message[][] {
  const { maxBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw new ClientError(
      'OPTION_ILLEGAL',
      `The option maxBytes is ${maxBytes}, but must be a whole number, at least 1.`,
      { facts: { option: 'maxBytes' } },
    );
  }
  const pieces: Piece[] = [];
  /** The last piece of each topic. */
  const open = new Map<string, Piece>();
  for (const [index, message] of messages.entries()) {
    const part = memberAt(index, message);
    const bytes = memberBytes(part);
    if (bytes > maxBytes) throw tooLarge(index, part.topic, bytes, maxBytes);
    let piece = open.get(part.topic);
    if (piece === undefined || piece.bytes + bytes > maxBytes || piece.waitStoreOk !== part.waitStoreOk) {
      piece = { messages: [], bytes: 0, waitStoreOk: part.waitStoreOk };
      pieces.push(piece);
      open.set(part.topic, piece);
    }
    piece.messages.push(message);
    piece.bytes += bytes;
  }
  return pieces.map((piece) => piece.messages);
}

interface Piece {
  readonly messages: Message[];
  bytes: number;
  readonly waitStoreOk: boolean;
}

function memberAt(index: number, message: Message): OutgoingMessage {
  try {
    return checkMember(message);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const reason = error.message.slice(0, -` ${clientErrors[error.code].advice}`.length);
    const text = `Message ${index} of the list (from 0) can be in no batch: ${reason}`;
    throw new ClientError(error.code, text, { cause: error, facts: { ...error.facts, index } });
  }
}

function tooLarge(index: number, topic: string, bytes: number, maxBytes: number): ClientError {
  return new ClientError(
    'MESSAGE_ILLEGAL',
    `Message ${index} of the list (from 0), to topic ${topic}, has ${bytes} bytes on the wire, more than maxBytes ${maxBytes}.`,
    { facts: { topic, index, bytes, responseCode: 13 } },
  );
}
