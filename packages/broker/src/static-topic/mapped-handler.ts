import type { Command, LogicQueueMappingItem } from '@rocketmq-ts/protocol';
import type { Call, Handler } from '@rocketmq-ts/remoting';
import type { LogicQueue } from './queue-mappings.ts';

/** A logical queue whose new messages this broker takes. */
export interface MappedQueue extends LogicQueue {
  readonly leader: LogicQueueMappingItem;
}

/** Serves a request for such a queue; `next` is the handler for physical ones. */
export type MappedHandler<C extends Command> = (
  call: Call<C>,
  queue: MappedQueue,
  next: Handler<C>,
) => void | Promise<void>;
