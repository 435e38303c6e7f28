import {
  type Command,
  type GET_EARLIEST_MSG_STORETIME,
  GET_MAX_OFFSET,
  type GET_MIN_OFFSET,
  type LogicQueueMappingItem,
  QUERY_CONSUMER_OFFSET,
  type RequestInput,
  ResponseCode,
  type ResponseHeader,
  type ResponseInput,
  SEARCH_OFFSET_BY_TIMESTAMP,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import type { Call, Handler, Response } from '@rocketmq-ts/remoting';
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

  /**
   * The broker that holds the messages of a stretch keeps the progress of groups in it. A group is where the newest stretch in
   * which it has progress says.
   */
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
    return response.code === ResponseCode.QUERY_NOT_FOUND ? undefined : headerOf(response, item).offset;
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
    return { offset: headerOf(found, item).offset, end: headerOf(end, item).offset };
  }

  /** The logical offset behind the last message; a stretch whose place is not decided has no part in it. */
  max(
    call: Call<typeof GET_MAX_OFFSET>,
    queue: MappedQueue,
    next: Handler<typeof GET_MAX_OFFSET>,
  ): void | Promise<void> {
    return this.#askStretch(call, queue, Number.MAX_SAFE_INTEGER, next, logicalEnd);
  }

  /** The logical offset of the first message. */
  min(
    call: Call<typeof GET_MIN_OFFSET>,
    queue: MappedQueue,
    next: Handler<typeof GET_MIN_OFFSET>,
  ): void | Promise<void> {
    return this.#askStretch(call, queue, 0, next, logicalEnd);
  }

  /** When the first message was stored. */
  earliest(
    call: Call<typeof GET_EARLIEST_MSG_STORETIME>,
    queue: MappedQueue,
    next: Handler<typeof GET_EARLIEST_MSG_STORETIME>,
  ): void | Promise<void> {
    return this.#askStretch(call, queue, 0, next, (answer) => answer);
  }

  /**
   * Asks the broker that holds the stretch with the logical offset `at`, which may be this one. `logical` makes the answer for the
   * logical queue of that for the physical one.
   */
  async #askStretch<C extends EndCommand>(
    call: Call<C>,
    { items, leader, topic }: MappedQueue,
    at: number,
    next: Handler<C>,
    logical: (answer: ResponseInput<C>, item: LogicQueueMappingItem) => ResponseInput<C>,
  ): Promise<void> {
    const item = itemAt(items, at) ?? leader;
    const header = { ...call.header, queueId: item.queueId };
    if (item.bname === leader.bname)
      return next(new RewrittenCall(call, header, (answer, options) => call.answer(logical(answer, item), options)));
    // What was read of a header may be written again.
    const forwarded = { ...header, ...elsewhere(item) } as RequestInput<C>;
    const response = await this.#parts.others.request(item.bname, topic, call.command, forwarded);
    call.answer(logical(headerOf(response, item) as ResponseInput<C>, item));
  }
}

type EndCommand = typeof GET_MAX_OFFSET | typeof GET_MIN_OFFSET | typeof GET_EARLIEST_MSG_STORETIME;

function logicalEnd({ offset }: { readonly offset: number }, item: LogicQueueMappingItem): { readonly offset: number } {
  return { offset: logicalOffsetWithin(item, offset) };
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

/** Throws where the other broker has refused. */
function headerOf<C extends Command>(response: Response<C>, { bname }: LogicQueueMappingItem): ResponseHeader<C> {
  if (response.code === ResponseCode.SUCCESS) return response.header;
  throw new Error(`broker ${bname} answered code ${response.code}: ${response.remark}`);
}
