import { asError } from '@rocketmq-ts/kernel';
import type { Command, HeaderCodec, HeaderValues, OutgoingFrame, RemotingFrame } from '@rocketmq-ts/protocol';
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
  /** For the error when the code is registered again: its stack says where this was. */
  readonly place: Error;
  /** The handler takes memory by itself, as it knows better. */
  takesMemory = false;
  #answerBytes = 0;

  constructor(command: Command, handler: Handler<Command>) {
    this.command = command;
    this.handler = handler;
    this.requestCodec = requestCodec(command);
    this.responseCodec = command.responseHasHeader ? responseCodec(command) : undefined;
    this.place = new Error(`${command.name} was registered here`);
  }

  /** What an answer is expected to weigh, before its handler is called: the largest lately. */
  get answerBytes(): number {
    return this.takesMemory ? 0 : this.#answerBytes;
  }

  /** Learns from an answer. */
  answered(bytes: number): void {
    const expected = this.#answerBytes;
    this.#answerBytes = bytes > expected ? bytes : expected - ((expected - bytes) >> 6);
  }
}

/** The one class behind `Call`: one object per request, nothing else is made for it. */
export class ReceivedCall implements Call<Command> {
  readonly header: Call['header'];
  readonly #frame: RemotingFrame;
  readonly #registration: Registration;
  readonly #channel: Channel;
  #answered = false;
  #takenBytes = 0;

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
  get abandoned(): boolean {
    return this.#frame.isOneway || this.#channel.closed;
  }

  take(bytes: number): boolean {
    this.#registration.takesMemory = true;
    if (!this.#channel.account.take(bytes)) return false;
    this.#takenBytes += bytes;
    return true;
  }

  whenTaken(bytes: number, go: () => void): void {
    this.#channel.account.whenTaken(bytes, () => {
      this.#takenBytes += bytes;
      try {
        go();
      } catch (error) {
        this.crash(error);
      }
    });
  }

  giveBack(): void {
    const bytes = this.#takenBytes;
    this.#takenBytes = 0;
    this.#channel.account.giveBack(bytes);
  }

  /** Calls the handler once there is memory for an answer of the size that is expected. */
  serveWhenTaken(bytes: number): void {
    this.#takenBytes = bytes;
    if (this.#channel.account.take(bytes)) return this.serve();
    this.#channel.account.whenTaken(bytes, () => this.serve());
  }

  /** Calls the handler; whatever it throws is an error answer. */
  serve(): void {
    try {
      const result = this.#registration.handler(this);
      if (result !== undefined) result.then(undefined, (error: unknown) => this.crash(error));
    } catch (error) {
      this.crash(error);
    }
  }

  answer(header: HeaderValues, options?: AnswerOptions): void {
    if (!this.#mayAnswer()) {
      options?.onSent?.();
      return this.giveBack();
    }
    const frame = this.#begin(options?.code ?? ResponseCode.SUCCESS, header);
    let bytes: number;
    if (options === undefined) {
      bytes = this.#channel.sendAnswer(frame);
    } else {
      frame.remark = options.remark;
      frame.extFields = options.extFields;
      bytes = this.#channel.sendAnswer(frame, options.body, options.onSent);
    }
    this.#registration.answered(bytes);
    if (this.#takenBytes > 0) this.giveBack();
  }

  fail(code: number, remark: string, header?: HeaderValues): void {
    if (!this.#mayAnswer()) return this.giveBack();
    const frame = this.#begin(code, header);
    frame.remark = remark;
    this.#channel.sendAnswer(frame);
    if (this.#takenBytes > 0) this.giveBack();
  }

  #begin(code: number, header: HeaderValues | undefined): OutgoingFrame {
    const frame = this.#channel.beginAnswer(code, this.#frame.opaque);
    frame.codec = this.#registration.responseCodec;
    frame.header = header;
    return frame;
  }

  /** Its handler threw or rejected. A body that could not be read is the sender's fault, anything else is ours. */
  crash(thrown: unknown): void {
    const error = asError(thrown);
    const { command } = this.#registration;
    if (error instanceof ProtocolError) {
      this.#channel.logRefusedRequest(command, error);
      if (!this.#answered) this.fail(ResponseCode.SYSTEM_ERROR, `${command.name}: ${error.message}`);
      return this.giveBack();
    }
    this.#channel.logHandlerFailure(command, error);
    if (!this.#answered)
      this.fail(
        ResponseCode.SYSTEM_ERROR,
        `${command.name} failed in the server: ${error.name}: ${error.message}; its log has the place`,
      );
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
