import { type Command, type RemotingFrame, ResponseCode, type SlotsOfCode } from '@rocketmq-ts/protocol';
import type { Call, Handler, WrappingHandler } from '../call.ts';
import type { Channel } from '../channel/channel.ts';
import type { ChannelContext } from '../channel-context.ts';
import { RemotingError } from '../errors.ts';
import { LARGE_ANSWER_BYTES } from '../limits.ts';
import { InterceptorChain } from './interceptor.ts';
import { ReceivedCall } from './received-call.ts';
import { Registration } from './registration.ts';

/** In place of the command of a request whose code has no handler. */
const UNSERVED: Command = { code: -1, name: 'UNSERVED', request: {}, response: {}, responseHasHeader: false };

/** Finds the handler of a request and calls it, or answers why not. */
export class Dispatcher {
  readonly interceptors: InterceptorChain;
  readonly #registrations = new Map<number, Registration>();
  readonly #unserved: Registration;
  readonly #context: ChannelContext;
  /** Where readers of frames put the fields of requests that are served here. */
  readonly slotsOf: SlotsOfCode = (code) => this.#registrations.get(code)?.requestCodec.slots;

  /** `whyUnserved` says why a request without a handler has none. */
  constructor(context: ChannelContext, whyUnserved: ((code: number) => string) | undefined) {
    this.#context = context;
    this.interceptors = new InterceptorChain(context.clock, context.guard);
    this.#unserved = this.#registration(UNSERVED, (call) => failUnserved(call, whyUnserved));
  }

  handle<C extends Command>(command: C, handler: Handler<C>): void {
    const before = this.#registrations.get(command.code);
    if (before !== undefined) {
      const names = `${before.command.name} and ${command.name}`;
      const message = `request code ${command.code} has two handlers, for ${names}`;
      throw new RemotingError('HANDLER_TWICE', message, { cause: before.place });
    }
    this.#registrations.set(command.code, this.#registration(command, handler as unknown as Handler<Command>));
  }

  /** Puts `around` before the handler of a command that is served: it decides what the handler sees, and answers itself or calls it. */
  wrap<C extends Command>(command: C, around: WrappingHandler<C>): void {
    const inner = this.#registrations.get(command.code);
    if (inner === undefined) throw new Error(`request code ${command.code}, ${command.name}, has no handler to wrap`);
    const next = inner.handler as unknown as Handler<C>;
    const handler: Handler<C> = (call) => around(call, next);
    this.#registrations.set(command.code, this.#registration(command, handler as unknown as Handler<Command>));
  }

  #registration(command: Command, handler: Handler<Command>): Registration {
    return new Registration(command, handler, this.interceptors, this.#context);
  }

  serve(channel: Channel, frame: RemotingFrame): void {
    const registration = this.#registrations.get(frame.code) ?? this.#unserved;
    const call = new ReceivedCall(registration, channel, frame);
    if (registration !== this.#unserved && call.isRefused()) return;
    if (!call.readHeader()) return;
    const { answerBytes } = registration;
    if (answerBytes < LARGE_ANSWER_BYTES) call.serve();
    else call.serveWhenReserved(answerBytes);
  }
}

/** Apache's text with its leading blank, and behind it the reason. Source: NettyRemotingAbstract#processRequestCommand. */
function failUnserved(call: Call, whyUnserved: ((code: number) => string) | undefined): void {
  const reason = whyUnserved === undefined ? '' : `: ${whyUnserved(call.code)}`;
  call.fail(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, ` request type ${call.code} not supported${reason}`);
}
