import { AdminError, ResponseCode } from '@rocketmq-ts/admin';
import type { OldCall } from './endpoint.ts';
import { messageJson } from './json-forms.ts';
import { countOf, type QueueRange, rangesOf, readRanges, slice } from './queue-ranges.ts';
import { topicOf } from './topic-of.ts';

const KEPT_MS = 60 * 60_000;
const MAX_KEPT = 200;
const MAX_PAGE_SIZE = 200;

interface Task {
  readonly cluster: string;
  readonly topic: string;
  readonly beginMs: number;
  readonly endMs: number;
  readonly ranges: readonly QueueRange[];
  readonly madeMs: number;
}

/**
 * Pages of the messages of a topic between two times. What was asked for first is kept under a task id, so that later pages are of the
 * same messages, whatever is sent meanwhile. Source: MessageServiceImpl#queryMessageByPage.
 */
export class MessagePages {
  readonly #tasks = new Map<string, Task>();

  /** `isDeadLetters`: a topic that does not exist has no messages. */
  async page(call: OldCall, isDeadLetters = false): Promise<unknown> {
    const { values } = call;
    const topic = topicOf(call);
    const pageSize = Math.min(MAX_PAGE_SIZE, Math.max(1, values.integer('pageSize', 20)));
    const number = Math.max(0, values.integer('pageNum', 1) - 1);
    const [taskId, task] = await this.#taskOf(call, topic, isDeadLetters);
    const total = countOf(task.ranges);
    const wanted = slice(task.ranges, Math.min(total, number * pageSize), Math.min(total, (number + 1) * pageSize));
    const messages = await readRanges(call.admin, topic, wanted);
    const content = messages.map((message) => messageJson(message));
    return { page: springPage(content, total, number, pageSize), taskId };
  }

  async #taskOf(call: OldCall, topic: string, isDeadLetters: boolean): Promise<[taskId: string, task: Task]> {
    const { values, clock, cluster } = call;
    const given = values.optional('taskId');
    const beginMs = values.integer('begin');
    const endMs = values.integer('end');
    const now = clock.monotonicMs();
    const known = given === undefined ? undefined : this.#tasks.get(given);
    const isSame =
      known?.cluster === cluster.id && known.topic === topic && known.beginMs === beginMs && known.endMs === endMs;
    if (given !== undefined && known !== undefined && isSame && now - known.madeMs < KEPT_MS) return [given, known];
    const ranges = await rangesOf(call, topic, beginMs, endMs).catch((error: unknown) => {
      const isMissing = error instanceof AdminError && error.responseCode === ResponseCode.TOPIC_NOT_EXIST;
      if (isDeadLetters && isMissing) return [];
      throw error;
    });
    const task = { cluster: cluster.id, topic, beginMs, endMs, ranges, madeMs: now };
    // The request's own id is unique in this process; it says nothing and gives no right.
    const taskId = `${call.request.id}-${clock.now().toString(36)}`;
    this.#tasks.set(taskId, task);
    if (this.#tasks.size > MAX_KEPT) this.#tasks.delete(this.#tasks.keys().next().value!);
    return [taskId, task];
  }
}

/** Source: Spring Data, PageImpl as Jackson writes it. */
function springPage(content: readonly object[], totalElements: number, number: number, size: number): object {
  const totalPages = Math.ceil(totalElements / size);
  const sort = { sorted: false, unsorted: true, empty: true };
  return {
    content,
    pageable: { sort, pageNumber: number, pageSize: size, offset: number * size, paged: true, unpaged: false },
    totalElements,
    totalPages,
    last: number + 1 >= totalPages,
    first: number === 0,
    numberOfElements: content.length,
    size,
    number,
    sort,
    empty: content.length === 0,
  };
}
