import {
  GET_EARLIEST_MSG_STORETIME,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  type LogicQueueMappingItem,
  QUERY_CONSUMER_OFFSET,
  ResponseCode,
  SEARCH_OFFSET_BY_TIMESTAMP,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import type { Call, Handler } from '@rocketmq-ts/remoting';
import type { MessageStore } from '@rocketmq-ts/store';
import type { OffsetTable } from '../offset/offset-table.ts';
import { decided, itemAt, knownEnd, logicalOffset, logicalOffsetWithin, physicalOffset } from './logic-queue.ts';
import type { MappedQueue } from './mapped-handler.ts';
import type { OtherBrokers } from './other-brokers.ts';
import { RewrittenCall } from './rewritten-call.ts';

export interface MappedOffsetParts {
  readonly store: Pick<MessageStore, 'findQueue'>;
  readonly offsets: Pick<OffsetTable, 'query'>;
  readonly others: OtherBrokers;
}

/** Requests about the ends of logical queues, and how far groups are in them. Source: AdminBrokerProcessor, ConsumerManageProcessor. */
export class MappedOffsets {
  readonly #parts: MappedOffsetParts;

  constructor(parts: MappedOffsetParts) {
    this.#parts = parts;
  }

  /** Progress is kept with the stretch that it is in: the newest one that has any counts. */
  query(
    call: Call<typeof QUERY_CONSUMER_OFFSET>,
    queue: MappedQueue,
    next: Handler<typeof QUERY_CONSUMER_OFFSET>,
  ): void | Promise<void> {
    const { items, leader } = queue;
    const isPhysical = items.length === 1 && leader.logicOffset === 0;
    if (!isPhysical) return this.#queryItems(call, queue);
    return next(
      new RewrittenCall(call, { ...call.header, queueId: leader.queueId }, ({ offset }, options) =>
        call.answer({ offset: logicalOffset(leader, offset) }, options),
      ),
    );
  }

  async #queryItems(call: Call<typeof QUERY_CONSUMER_OFFSET>, { items, leader, topic }: MappedQueue): Promise<void> {
    for (const item of items.toReversed()) {
      const offset =
        item.bname === leader.bname
          ? this.#parts.offsets.query(call.header.consumerGroup, topic, item.queueId)
          : await this.#queryElsewhere(call, item);
      // Progress in a stretch whose place is not decided can't be said.
      if (offset !== undefined && item.logicOffset >= 0) return call.answer({ offset: logicalOffset(item, offset) });
    }
    call.fail(ResponseCode.QUERY_NOT_FOUND, 'Not found, maybe this group consumer boot first');
  }

  async #queryElsewhere(
    call: Call<typeof QUERY_CONSUMER_OFFSET>,
    item: LogicQueueMappingItem,
  ): Promise<number | undefined> {
    const { consumerGroup, topic } = call.header;
    const response = await this.#parts.others.request(item.bname, topic, QUERY_CONSUMER_OFFSET, {
      ...{ consumerGroup, topic, queueId: item.queueId, setZeroIfNotFound: false },
      ...elsewhere(item),
    });
    if (response.code === ResponseCode.SUCCESS) return response.header.offset;
    if (response.code === ResponseCode.QUERY_NOT_FOUND) return undefined;
    throw new Error(`broker ${item.bname} answered code ${response.code}: ${response.remark}`);
  }

  async update(
    call: Call<typeof UPDATE_CONSUMER_OFFSET>,
    { items, leader }: MappedQueue,
    next: Handler<typeof UPDATE_CONSUMER_OFFSET>,
  ): Promise<void> {
    const { header } = call;
    const item = itemAt(items, header.commitOffset) ?? leader;
    const commitOffset = physicalOffset(item, header.commitOffset);
    const physical = { ...header, queueId: item.queueId, commitOffset };
    if (item.bname === leader.bname) {
      return next(new RewrittenCall(call, physical, (answer, options) => call.answer(answer, options)));
    }
    const forwarded = { ...physical, ...elsewhere(item) };
    const response = await this.#parts.others.request(item.bname, header.topic, UPDATE_CONSUMER_OFFSET, forwarded);
    if (response.code === ResponseCode.SUCCESS) call.answer({});
    else call.fail(response.code, response.remark ?? '');
  }

  /** Of the first stretch that has a message at or after the time; behind the last one when none has. */
  async search(call: Call<typeof SEARCH_OFFSET_BY_TIMESTAMP>, { items, leader }: MappedQueue): Promise<void> {
    let offset = knownEnd(leader);
    for (const item of decided(items)) {
      const isHere = item.bname === leader.bname;
      const found = isHere ? this.#searchHere(call, item) : await this.#searchElsewhere(call, item);
      offset = logicalOffsetWithin(item, found.offset);
      if (found.offset < found.end) break;
    }
    call.answer({ offset });
  }

  #searchHere({ header }: Call<typeof SEARCH_OFFSET_BY_TIMESTAMP>, item: LogicQueueMappingItem): FoundOffset {
    const { topic, timestamp, boundaryType } = header;
    const view = this.#parts.store.findQueue(topic, item.queueId);
    const boundary = boundaryType.toUpperCase() === 'UPPER' ? 'UPPER' : 'LOWER';
    return { offset: view?.offsetAt(timestamp, boundary) ?? 0, end: view?.maxOffset ?? 0 };
  }

  /** Mappings do not say where a stretch that moved away has ended. */
  async #searchElsewhere(
    { header }: Call<typeof SEARCH_OFFSET_BY_TIMESTAMP>,
    item: LogicQueueMappingItem,
  ): Promise<FoundOffset> {
    const { topic, timestamp, boundaryType } = header;
    const { others } = this.#parts;
    const queue = { topic, queueId: item.queueId, ...elsewhere(item) };
    const search = { ...queue, timestamp, boundaryType };
    const [found, end] = await Promise.all([
      others.request(item.bname, topic, SEARCH_OFFSET_BY_TIMESTAMP, search),
      others.request(item.bname, topic, GET_MAX_OFFSET, queue),
    ]);
    return { offset: offsetOf(found, item), end: offsetOf(end, item) };
  }

  async max(
    call: Call<typeof GET_MAX_OFFSET>,
    queue: MappedQueue,
    next: Handler<typeof GET_MAX_OFFSET>,
  ): Promise<void> {
    const item = itemAt(queue.items, Number.MAX_SAFE_INTEGER) ?? queue.leader;
    const header = { ...call.header, queueId: item.queueId };
    if (item.bname === queue.leader.bname) {
      return next(
        new RewrittenCall(call, header, ({ offset }, options) =>
          call.answer({ offset: logicalOffsetWithin(item, offset) }, options),
        ),
      );
    }
    const forwarded = { ...header, ...elsewhere(item) };
    const response = await this.#parts.others.request(item.bname, queue.topic, GET_MAX_OFFSET, forwarded);
    call.answer({ offset: logicalOffset(item, offsetOf(response, item)) });
  }

  async min(
    call: Call<typeof GET_MIN_OFFSET>,
    queue: MappedQueue,
    next: Handler<typeof GET_MIN_OFFSET>,
  ): Promise<void> {
    const item = itemAt(queue.items, 0) ?? queue.leader;
    const header = { ...call.header, queueId: item.queueId };
    if (item.bname === queue.leader.bname) {
      return next(
        new RewrittenCall(call, header, ({ offset }, options) =>
          call.answer({ offset: logicalOffsetWithin(item, offset) }, options),
        ),
      );
    }
    const forwarded = { ...header, ...elsewhere(item) };
    const response = await this.#parts.others.request(item.bname, queue.topic, GET_MIN_OFFSET, forwarded);
    call.answer({ offset: logicalOffsetWithin(item, offsetOf(response, item)) });
  }

  async earliest(
    call: Call<typeof GET_EARLIEST_MSG_STORETIME>,
    queue: MappedQueue,
    next: Handler<typeof GET_EARLIEST_MSG_STORETIME>,
  ): Promise<void> {
    const item = itemAt(queue.items, 0) ?? queue.leader;
    const header = { ...call.header, queueId: item.queueId };
    if (item.bname === queue.leader.bname) {
      return next(new RewrittenCall(call, header, (answer, options) => call.answer(answer, options)));
    }
    const forwarded = { ...header, ...elsewhere(item) };
    const response = await this.#parts.others.request(item.bname, queue.topic, GET_EARLIEST_MSG_STORETIME, forwarded);
    if (response.code !== ResponseCode.SUCCESS) return call.fail(response.code, response.remark ?? '');
    call.answer({ timestamp: response.header.timestamp });
  }
}

/** Physical offset for a time, and the end of the physical queue. */
interface FoundOffset {
  readonly offset: number;
  readonly end: number;
}

/** What says that the queue id is physical, and on which broker. */
function elsewhere({ bname }: LogicQueueMappingItem): { readonly logical: false; readonly targetBrokerName: string } {
  return { logical: false, targetBrokerName: bname };
}

function offsetOf(
  response: {
    readonly code: number;
    readonly remark: string | undefined;
    readonly header: { readonly offset: number };
  },
  { bname }: LogicQueueMappingItem,
): number {
  if (response.code === ResponseCode.SUCCESS) return response.header.offset;
  throw new Error(`broker ${bname} answered code ${response.code}: ${response.remark}`);
}
