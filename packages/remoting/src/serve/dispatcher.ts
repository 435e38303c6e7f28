import type { Clock, Guard, Logger, RepeatedLines } from '@rocketmq-ts/kernel';
import { type Command, type RemotingFrame, ResponseCode, type SlotsOfCode } from '@rocketmq-ts/protocol';
import type { Call, Handler } from '../call.ts';
import type { Channel } from '../channel/channel.ts';
import { RemotingError } from '../errors.ts';
import { LARGE_ANSWER_BYTES } from '../limits.ts';
import { InterceptorChain } from './interceptor.ts';
import { ReceivedCall } from './received-call.ts';
import { Registration } from './registration.ts';
import { RequestLog } from './request-log.ts';

/** In place of the command of a request whose code has no handler. */
const UNSERVED: Command = { code: -1, name: 'UNSERVED', request: {}, response: {}, responseHasHeader: false };

/** What a dispatcher uses of the group of channels whose requests it serves. */
export interface DispatcherPorts {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly logger: Logger;
  /** Lines that peers may cause in any number. */
  readonly repeated: RepeatedLines;
}

/** Finds the handler of a request and calls it, or answers why not. */
export class Dispatcher {
  readonly interceptors: InterceptorChain;
  readonly #registrations = new Map<number, Registration>();
  readonly #unserved: Registration;
  readonly #log: RequestLog;
  /** Where readers of frames put the fields of requests that are served here. */
  readonly slotsOf: SlotsOfCode = (code) => this.#registrations.get(code)?.requestCodec.slots;

  /** `whyUnserved` says why a request without a handler has none. */
  constructor(
    { clock, guard, logger, repeated }: DispatcherPorts,
    whyUnserved: ((code: number) => string) | undefined,
  ) {
    this.interceptors = new InterceptorChain(clock, guard);
    this.#log = new RequestLog(logger, repeated, clock);
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

  #registration(command: Command, handler: Handler<Command>): Registration {
    return new Registration(command, handler, this.interceptors, this.#log);
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
