import type { Command, RequestHeader, ResponseInput } from '@rocketmq-ts/protocol';
import type { AnswerOptions, Call, RemotingConnection } from '@rocketmq-ts/remoting';

/** Gives the answer of a physical queue for the logical one, by `call.answer` or `call.fail`. */
export type AnswerRewriter<C extends Command> = (header: ResponseInput<C>, options: AnswerOptions | undefined) => void;

/** A request for a logical queue as the handler of physical queues sees it. */
export class RewrittenCall<C extends Command> implements Call<C> {
  readonly header: RequestHeader<C>;
  readonly #call: Call<C>;
  readonly #answer: AnswerRewriter<C>;

  constructor(call: Call<C>, header: RequestHeader<C>, answer: AnswerRewriter<C>) {
    this.#call = call;
    this.header = header;
    this.#answer = answer;
  }

  get command(): C {
    return this.#call.command;
  }
  get code(): number {
    return this.#call.code;
  }
  get body(): Buffer {
    return this.#call.body;
  }
  get extFields(): Readonly<Record<string, string>> {
    return this.#call.extFields;
  }
  get opaque(): number {
    return this.#call.opaque;
  }
  get oneway(): boolean {
    return this.#call.oneway;
  }
  get version(): number {
    return this.#call.version;
  }
  get language(): string {
    return this.#call.language;
  }
  get remark(): string | undefined {
    return this.#call.remark;
  }
  get connection(): RemotingConnection {
    return this.#call.connection;
  }
  get abandoned(): boolean {
    return this.#call.abandoned;
  }
  get suspended(): boolean {
    return this.#call.suspended;
  }
  set suspended(value: boolean) {
    this.#call.suspended = value;
  }

  reserve(bytes: number): boolean {
    return this.#call.reserve(bytes);
  }

  whenReserved(bytes: number, go: () => void): void {
    this.#call.whenReserved(bytes, go);
  }

  release(): void {
    this.#call.release();
  }

  answer(header: ResponseInput<C>, options?: AnswerOptions): void {
    this.#answer(header, options);
  }

  crash(error: unknown): void {
    this.#call.crash(error);
  }

  fail(code: number, remark: string, header?: Partial<ResponseInput<C>>): void {
    this.#call.fail(code, remark, header);
  }
}
