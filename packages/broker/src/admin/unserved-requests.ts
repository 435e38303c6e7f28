import {
  ACK_MESSAGE,
  type Command,
  END_TRANSACTION,
  POP_MESSAGE,
  RECALL_MESSAGE,
  ResponseCode,
  SEND_REPLY_MESSAGE,
  SEND_REPLY_MESSAGE_V2,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';

/** Requests that clients send and this broker does not serve, with what to do instead. Other unknown codes answer code 3 as well. */
const REASONS: readonly (readonly [Command, string])[] = [
  [POP_MESSAGE, 'this broker does not serve pop consumers; consume by pull (messageRequestMode PULL)'],
  [ACK_MESSAGE, 'this broker does not serve pop consumers'],
  [END_TRANSACTION, 'this broker does not serve transactions'],
  [RECALL_MESSAGE, 'this broker does not serve timer messages'],
  [SEND_REPLY_MESSAGE, 'this broker does not serve request and reply'],
  [SEND_REPLY_MESSAGE_V2, 'this broker does not serve request and reply'],
];

/** Says why, where the answer to an unknown code would leave the reader guessing. */
export function refuseUnserved(server: RemotingServer): void {
  for (const [command, reason] of REASONS) {
    // Their headers are of no interest: a request without one gets the same answer.
    server.handle({ ...command, request: {}, response: {}, responseHasHeader: false }, (call) =>
      call.fail(ResponseCode.REQUEST_CODE_NOT_SUPPORTED, ` request type ${command.code} not supported: ${reason}`),
    );
  }
}
