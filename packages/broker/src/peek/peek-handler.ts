import { NOTIFICATION, PEEK_MESSAGE, POLLING_INFO, ResponseCode } from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { Feature, PortRole } from '../feature.ts';
import { AskedNotification, type NotificationParts } from './notification.ts';
import { PeekedMessages, type PeekParts } from './peek-message.ts';
import { Unconsumed, type UnconsumedParts } from './unconsumed.ts';

type AskCall = Call<typeof PEEK_MESSAGE> | Call<typeof NOTIFICATION> | Call<typeof POLLING_INFO>;

export type PeekHandlerParts = UnconsumedParts & Omit<PeekParts, 'unconsumed'> & Omit<NotificationParts, 'unconsumed'>;

/**
 * Looks at what a group has before it, without consuming: the messages, whether there are some, and how many pops wait for
 * them. Source: PeekMessageProcessor, NotificationProcessor, PollingInfoProcessor.
 */
export class PeekHandler implements Feature {
  readonly #parts: PeekHandlerParts & { readonly unconsumed: Unconsumed };

  constructor(parts: PeekHandlerParts) {
    this.#parts = { ...parts, unconsumed: new Unconsumed(parts) };
  }

  /** Not served on the fast port. */
  serve(server: RemotingServer, role: PortRole): void {
    if (role === 'fastPort') return;
    server.handle(PEEK_MESSAGE, (call) => this.#peek(call));
    server.handle(NOTIFICATION, (call) => this.#notify(call));
    // No pop is held, as nothing is popped here yet.
    server.handle(POLLING_INFO, (call) => {
      if (this.#mayAnswer(call)) call.answer({ pollingNum: 0 });
    });
  }

  #peek(call: Call<typeof PEEK_MESSAGE>): void {
    if (!this.#mayAnswer(call)) return;
    const { maxMsgNums } = call.header;
    if (maxMsgNums < 0)
      return call.fail(ResponseCode.INVALID_PARAMETER, `maxMsgNums[${maxMsgNums}] is illegal, it is negative`);
    new PeekedMessages(this.#parts, call, this.#parts.unconsumed.queues(call.header)).begin();
  }

  #notify(call: Call<typeof NOTIFICATION>): void {
    if (this.#mayAnswer(call)) new AskedNotification(this.#parts, call).look();
  }

  /** False when the question is refused; that is answered. */
  #mayAnswer(call: AskCall): boolean {
    const refusal = this.#parts.unconsumed.refusalOf(call.header, call.connection.peer);
    if (refusal === undefined) return true;
    call.fail(refusal.code, refusal.remark);
    return false;
  }
}
