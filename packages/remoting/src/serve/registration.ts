import { type Command, type HeaderCodec, requestCodec, responseCodec } from '@rocketmq-ts/protocol';
import type { Handler } from '../call.ts';
import type { ChannelContext } from '../channel-context.ts';
import type { InterceptorChain } from './interceptor.ts';

/** A handler with everything that serving its command needs. */
export class Registration {
  readonly command: Command;
  readonly handler: Handler<Command>;
  readonly interceptors: InterceptorChain;
  readonly context: ChannelContext;
  /** For the error when the code is registered again: its stack says where this was. */
  readonly place: Error;
  /** The handler reserves memory by itself, since it knows the size of its answers better. */
  reservesMemory = false;
  #requestCodec: HeaderCodec | undefined;
  #responseCodec: HeaderCodec | undefined;
  #answerBytes = 0;

  constructor(command: Command, handler: Handler<Command>, interceptors: InterceptorChain, context: ChannelContext) {
    this.command = command;
    this.handler = handler;
    this.interceptors = interceptors;
    this.context = context;
    this.place = new Error(`${command.name} was registered here`);
  }

  /** Compiled for the first request: a broker serves some 180 commands, and most processes see few of them. */
  get requestCodec(): HeaderCodec {
    this.#requestCodec ??= requestCodec(this.command);
    return this.#requestCodec;
  }

  /** Undefined for commands whose answer has no header fields at all. */
  get responseCodec(): HeaderCodec | undefined {
    if (this.command.responseHasHeader) this.#responseCodec ??= responseCodec(this.command);
    return this.#responseCodec;
  }

  /** Expected size of an answer, before its handler is called: the largest of the last ones. */
  get answerBytes(): number {
    return this.reservesMemory ? 0 : this.#answerBytes;
  }

  /** Learns from an answer. */
  answered(bytes: number): void {
    const expected = this.#answerBytes;
    this.#answerBytes = bytes > expected ? bytes : expected - ((expected - bytes) >> 6);
  }
}
