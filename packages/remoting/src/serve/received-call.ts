import { asError, type LogFields } from '@rocketmq-ts/kernel';
import {
  CodecError,
  type Command,
  type HeaderValues,
  type OutgoingFrame,
  ProtocolError,
  type RemotingFrame,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { AnswerOptions, Body, Call, RemotingConnection } from '../call.ts';
import type { Channel } from '../channel/channel.ts';
import type { Registration } from './registration.ts';

const NO_HEADER: Call['header'] = {};

/** The one class behind `Call`: an object per request besides its frame and its header. */
export class ReceivedCall implements Call<Command> {
  /** Its declared fields, once `readHeader` has read them. */
  header: Call['header'] = NO_HEADER;
  suspended = false;
  readonly #frame: RemotingFrame;
  readonly #registration: Registration;
  readonly #channel: Channel;
  /** 0 where no interceptor watches the end of requests. */
  readonly #receivedMs: number;
  #answered = false;
  #reservedBytes = 0;

  constructor(registration: Registration, channel: Channel, frame: RemotingFrame) {
    this.#frame = frame;
    this.#registration = registration;
    this.#channel = channel;
    this.#receivedMs = registration.interceptors.receivedMs();
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

  reserve(bytes: number): boolean {
    this.#registration.reservesMemory = true;
    if (!this.#channel.account.reserve(bytes)) return false;
    this.#reservedBytes += bytes;
    return true;
  }

  whenReserved(bytes: number, go: () => void): void {
    this.#channel.account.whenReserved(bytes, () => {
      this.#reservedBytes += bytes;
      try {
        go();
      } catch (error) {
        this.crash(error);
      }
    });
  }

  release(): void {
    const bytes = this.#reservedBytes;
    this.#reservedBytes = 0;
    this.#channel.account.release(bytes);
  }

  /** True when an interceptor refused the request; that is answered. */
  isRefused(): boolean {
    try {
      const refusal = this.#registration.interceptors.refusalOf(this);
      if (refusal === undefined) return false;
      this.#refuse(refusal.code, refusal.remark);
    } catch (error) {
      this.crash(error);
    }
    return true;
  }

  /** Reads the declared fields. False when one is missing or does not parse; that is answered. */
  readHeader(): boolean {
    try {
      this.header = this.#registration.requestCodec.decodeFrame(this.#frame);
      return true;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      const { command, context } = this.#registration;
      const { message: reason } = error;
      context.logger.debug('A request was refused', { peer: this.#channel.peer, code: this.code, reason });
      this.#refuse(ResponseCode.SYSTEM_ERROR, `${command.name}: ${reason}`);
      return false;
    }
  }

  /** Calls the handler once there is memory for an answer of the size that is expected. */
  serveWhenReserved(bytes: number): void {
    this.#reservedBytes = bytes;
    if (this.#channel.account.reserve(bytes)) return this.serve();
    this.#channel.account.whenReserved(bytes, () => this.serve());
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
    const code = options?.code ?? ResponseCode.SUCCESS;
    if (this.#mayAnswer(code)) {
      const frame = this.#begin(code, header, options?.remark);
      frame.extFields = options?.extFields;
      this.#registration.answered(this.#send(frame, options?.body, options?.onSent));
    } else {
      options?.onSent?.();
    }
    if (this.#reservedBytes > 0) this.release();
  }

  fail(code: number, remark: string, header?: HeaderValues): void {
    if (this.#mayAnswer(code)) this.#send(this.#begin(code, header, remark));
    if (this.#reservedBytes > 0) this.release();
  }

  /** Its handler threw or rejected. A body that could not be read is the sender's fault, anything else is ours. */
  crash(thrown: unknown): void {
    const error = asError(thrown);
    const { name } = this.#registration.command;
    if (error instanceof ProtocolError) {
      this.#log('refused', 'warn', 'A request was refused', { reason: error.message });
      if (!this.#answered) this.fail(ResponseCode.SYSTEM_ERROR, `${name}: ${error.message}`);
      return this.release();
    }
    this.#log('failed', 'error', 'A handler failed', { error });
    if (this.#answered) return;
    const remark = `${name} failed in the server: ${error.name}: ${error.message}; its log has the place`;
    this.fail(ResponseCode.SYSTEM_ERROR, remark);
  }

  /** Answers before the handler is called: without the command's fields, not even empty ones. */
  #refuse(code: number, remark: string): void {
    if (!this.#mayAnswer(code)) return;
    const frame = this.#channel.beginAnswer(code, this.#frame.opaque);
    frame.remark = remark;
    this.#send(frame);
  }

  /** False when there is nothing to send: the request is one-way, or it was answered before, which is logged. */
  #mayAnswer(code: number): boolean {
    if (this.#answered) {
      this.#log('twice', 'error', 'A handler answered twice', {});
      return false;
    }
    this.#answered = true;
    if (!this.#frame.isOneway) return true;
    this.#registration.interceptors.ended(this, code, this.#receivedMs);
    return false;
  }

  #begin(code: number, header: HeaderValues | undefined, remark: string | undefined): OutgoingFrame {
    const frame = this.#channel.beginAnswer(code, this.#frame.opaque);
    frame.codec = this.#registration.responseCodec;
    frame.header = header;
    frame.remark = remark;
    return frame;
  }

  /** Returns the size of the answer. One that does not fit into a frame becomes an error answer. */
  #send(frame: OutgoingFrame, body?: Body | undefined, onSent?: (() => void) | undefined): number {
    let { code } = frame;
    let bytes: number;
    try {
      bytes = this.#channel.sendAnswer(frame, body, onSent);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      onSent?.();
      this.#log('too large', 'error', 'An answer could not be sent', { error });
      code = ResponseCode.SYSTEM_ERROR;
      const failure = this.#channel.beginAnswer(code, this.#frame.opaque);
      failure.remark = error.message;
      bytes = this.#channel.sendAnswer(failure);
    }
    this.#registration.interceptors.ended(this, code, this.#receivedMs);
    return bytes;
  }

  #log(kind: string, level: 'warn' | 'error', sentence: string, fields: LogFields): void {
    const { command, context } = this.#registration;
    const { name } = command;
    context.logRepeated(`${kind} ${name}`, level, sentence, { command: name, peer: this.#channel.peer, ...fields });
  }
}
