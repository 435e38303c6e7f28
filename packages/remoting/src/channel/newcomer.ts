import { type CodedError, type LogFields, type LogLevel, systemErrorCode } from '@rocketmq-ts/kernel';
import type { ChannelContext } from '../channel-context.ts';
import { FIRST_REQUEST_MS, PARTIAL_BYTES_PER_MS, PARTIAL_REQUEST_MS } from '../limits.ts';
import { answerLookOf, knownLookOf, LOOK_BYTES, lookOf, shownBytes } from './foreign-protocols.ts';

/** Why the network closed a connection before it handed over any byte, with what to do. */
const REFUSED_TRANSPORTS = new Map([
  ['TLS_DISABLED', 'switch TLS off in the client, or set -Dtls.server.mode=permissive here'],
  ['TLS_REQUIRED', 'switch TLS on in the client, or set -Dtls.server.mode=permissive here'],
  ['TLS_CLIENT_REFUSED', 'give the client a certificate of the authority in tls.server.trustCertPath'],
  ['PROXY_PREFACE_INVALID', 'look at the load balancer that it came through'],
]);

/** A length word and a JSON header as every peer of RocketMQ writes it. */
function beginsLikeFrame(bytes: Buffer): boolean {
  return (
    bytes[4] === 0 &&
    /^\{\s*"(code|extFields|flag|language|opaque|remark|version|serializeType)/.test(bytes.toString('latin1', 8))
  );
}

/**
 * Finds out whether a peer speaks RocketMQ's protocol at all: it is a newcomer until its first whole frame. Bytes that are no
 * frame then come from a client of something else, and the log names it and where it belongs; later they come from a broken
 * peer. It also finds requests that are begun and not completed in time.
 */
export class Newcomer {
  readonly #context: ChannelContext;
  readonly #peer: string;
  readonly #port: number;
  #isNew = true;
  #firstBytes: Buffer | undefined;
  /** Since when no frame was completed although one was begun; for a newcomer since it connected. */
  #waitsSinceMs: number;

  /** `port` is the one that it connected to. */
  constructor(context: ChannelContext, peer: string, port: number, nowMs: number) {
    this.#context = context;
    this.#peer = peer;
    this.#port = port;
    this.#waitsSinceMs = nowMs;
  }

  received(chunk: Buffer): void {
    if (!this.#isNew) return;
    const before = this.#firstBytes;
    if (before === undefined) this.#firstBytes = Buffer.from(chunk.subarray(0, LOOK_BYTES));
    else if (before.length < LOOK_BYTES) {
      this.#firstBytes = Buffer.concat([before, chunk.subarray(0, LOOK_BYTES - before.length)]);
    }
  }

  /** A whole frame was received. */
  framed(): void {
    this.#waitsSinceMs = this.#context.coarseNowMs;
    if (!this.#isNew) return;
    this.#isNew = false;
    this.#firstBytes = undefined;
  }

  /** Why the connection is to be closed, since a request is late; logged. `heldBytes` of its frame are there. */
  whyLate(nowMs: number, heldBytes: number): string | undefined {
    if (!this.#context.isServer) return undefined;
    if (!this.#isNew && heldBytes === 0) {
      this.#waitsSinceMs = nowMs;
      return undefined;
    }
    const allowedMs = (this.#isNew ? FIRST_REQUEST_MS : PARTIAL_REQUEST_MS) + heldBytes / PARTIAL_BYTES_PER_MS;
    const waitedMs = nowMs - this.#waitsSinceMs;
    if (waitedMs < allowedMs) return undefined;
    const seconds = Math.round(waitedMs / 1000);
    if (heldBytes === 0) {
      const sentence = `A connection was closed that sent nothing for ${seconds} s after it was made: RocketMQ's clients send a request at once`;
      this.#log('silent', 'info', sentence, {});
      return 'no request came';
    }
    const shown = this.#firstBytes === undefined ? {} : { firstBytes: shownBytes(this.#firstBytes) };
    const look = this.#firstBytes === undefined ? undefined : knownLookOf(this.#firstBytes);
    const looks = look === undefined ? '' : `; it looks like ${look.name}: ${look.advice}`;
    const sentence = `A connection was closed that began a request and did not complete it within ${seconds} s${looks}`;
    this.#log(`partial ${look?.name}`, 'warn', sentence, { receivedBytes: heldBytes, ...shown });
    return `${heldBytes} bytes of a request came and no more`;
  }

  /** Returns why the connection is closed, for the errors of requests that wait for responses on it. */
  logBadFrame(error: CodedError): string {
    const { code, message } = error;
    const { isServer } = this.#context;
    const first = this.#isNew ? this.#firstBytes : undefined;
    const look = first === undefined ? undefined : isServer ? lookOf(first) : answerLookOf(first);
    if (first === undefined || look === undefined || beginsLikeFrame(first)) {
      const isTooLong = isServer && code === 'FRAME_TOO_LONG' && this.#isNew;
      const advice = 'brokers with many topics register in parts with enableSplitRegistration=true';
      const fields = { code, reason: message, ...(isTooLong ? { advice } : {}) };
      this.#log(`bad ${code}`, 'warn', 'Connection closed for a bad frame', fields);
      return message;
    }
    const { name, advice } = look;
    const sentence = `A connection was closed that speaks ${name}: ${advice}`;
    this.#log(`foreign ${name}`, 'warn', sentence, { firstBytes: shownBytes(first), code, reason: message });
    return `it speaks ${name}; ${advice}`;
  }

  /** True when the network closed the connection for how it began, and that is logged. */
  logRefusedTransport(error: Error | undefined): boolean {
    const code = systemErrorCode(error) ?? '';
    const advice = REFUSED_TRANSPORTS.get(code);
    if (!this.#isNew || error === undefined || advice === undefined) return false;
    this.#log(`transport ${code}`, 'warn', `A connection was closed: ${error.message}; ${advice}`, { code });
    return true;
  }

  #log(kind: string, level: LogLevel, sentence: string, fields: LogFields): void {
    this.#context.logRepeated(kind, level, sentence, { peer: this.#peer, port: this.#port, ...fields });
  }
}
