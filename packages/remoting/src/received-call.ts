import type { Command, HeaderCodec, RemotingFrame } from '@rocketmq-ts/protocol';
import { ProtocolError, ResponseCode, requestCodec, responseCodec } from '@rocketmq-ts/protocol';
import type { AnswerOptions, Call, Handler, RemotingConnection } from './call.ts';
import type { Channel } from './channel.ts';

/** A handler with everything that serving its command needs. */
export class Registration {
  readonly command: Command;
  readonly handler: Handler<Command>;
  readonly requestCodec: HeaderCodec;
  /** Undefined for commands whose answer has no header fields at all. */
  readonly responseCodec: HeaderCodec | undefined;

  constructor(command: Command, handler: Handler<Command>) {
    this.command = command;
    this.handler = handler;
    this.requestCodec = requestCodec(command);
    this.responseCodec = command.responseHasHeader ? responseCodec(command) : undefined;
  }
}

/** The one class behind `Call`: one object per request, nothing else is made for it. */
export class ReceivedCall implements Call<Command> {
  readonly header: Call['header'];
  readonly #frame: RemotingFrame;
  readonly #registration: Registration;
  readonly #channel: Channel;
  #answered = false;

  constructor(registration: Registration, channel: Channel, frame: RemotingFrame, header: Call['header']) {
    this.header = header;
    this.#frame = frame;
    this.#registration = registration;
    this.#channel = channel;
  }

  get command(): Command {
    return this.#registration.command;
  }
  get code(): number {
    return this.#frame.code;
  }
  get body(): Buffer {
    return this.#frame.body;
  }
  get extFields(): Readonly<Record<string, string>> {
    return this.#frame.extFields;
  }
  get opaque(): number {
    return this.#frame.opaque;
  }
  get oneway(): boolean {
    return this.#frame.isOneway;
  }
  get version(): number {
    return this.#frame.version;
  }
  get language(): string {
    return this.#frame.language;
  }
  get remark(): string | undefined {
    return this.#frame.remark;
  }
  get connection(): RemotingConnection {
    return this.#channel;
  }

  answer(header: Readonly<Record<string, unknown>>, options?: AnswerOptions): void {
    if (!this.#mayAnswer()) return options?.onSent?.();
    const { responseCodec: codec } = this.#registration;
    const opaque = this.#frame.opaque;
    if (options === undefined) {
      this.#channel.sendAnswer(ResponseCode.SUCCESS, opaque, undefined, codec, header, undefined, undefined);
    } else {
      const { code = ResponseCode.SUCCESS, remark, extFields, body, onSent } = options;
      this.#channel.sendAnswer(code, opaque, remark, codec, header, extFields, body, onSent);
    }
  }

  fail(code: number, remark: string, header?: Readonly<Record<string, unknown>>): void {
    if (!this.#mayAnswer()) return;
    const { responseCodec: codec } = this.#registration;
    this.#channel.sendAnswer(code, this.#frame.opaque, remark, codec, header, undefined, undefined);
  }

  /** Its handler threw or rejected. A body that could not be read is the sender's fault, anything else is ours. */
  crash(error: Error): void {
    const { command } = this.#registration;
    if (error instanceof ProtocolError) {
      this.#channel.logRefusedRequest(command, error);
      if (!this.#answered) this.fail(ResponseCode.SYSTEM_ERROR, `${command.name}: ${error.message}`);
      return;
    }
    this.#channel.logHandlerFailure(command, error);
    if (!this.#answered) this.fail(ResponseCode.SYSTEM_ERROR, `${error.name}: ${error.message}`);
  }

  #mayAnswer(): boolean {
    if (this.#answered) {
      this.#channel.logSecondAnswer(this.#registration.command);
      return false;
    }
    this.#answered = true;
    return !this.#frame.isOneway;
  }
}
