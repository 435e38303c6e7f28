import type { Clock, Logger } from '@rocketmq-ts/kernel';
import { MessageProperty, PUSH_REPLY_MESSAGE_TO_CLIENT, ResponseCode } from '@rocketmq-ts/protocol';
import type { RemotingClient } from '@rocketmq-ts/remoting';
import { receivedReply } from '../request/received-reply.ts';
import type { ProducerMember } from './members.ts';

/**
 * Takes the replies that brokers push, for the producers whose requests wait for them. One that nothing waits for is late or a second
 * one: it is logged, and the broker hears that it arrived. Source: ClientRemotingProcessor#receiveReplyMessage.
 */
export function handleReplies(
  remoting: RemotingClient,
  producers: ReadonlyMap<string, ProducerMember>,
  clock: Clock,
  logger: Logger,
): void {
  remoting.handle(PUSH_REPLY_MESSAGE_TO_CLIENT, (call) => {
    const reply = receivedReply(call, clock.now(), logger);
    const correlationId = reply.properties.get(MessageProperty.CORRELATION_ID);
    if (correlationId === undefined) {
      return call.fail(ResponseCode.SYSTEM_ERROR, 'process reply message fail: it has no CORRELATION_ID');
    }
    for (const producer of producers.values()) if (producer.takeReply(correlationId, reply)) return call.answer({});
    logger.warn('a reply came that no request waits for: it is late, or a second one', {
      correlationId,
      bornHost: call.header.bornHost,
      broker: call.connection.peer,
    });
    call.answer({});
  });
}
