import { AdminError, ResponseCode } from '@rocketmq-ts/admin';
import type { OldCall, OldEndpoint } from './endpoint.ts';
import { messageJson } from './json-forms.ts';
import { MessagePages } from './message-pages.ts';
import { rangesOf, readRanges, slice } from './queue-ranges.ts';
import { groupOf, topicOf } from './topic-of.ts';
import { OldPathError } from './values.ts';

/** Source: MessageServiceImpl. */
const MAX_BY_TOPIC = 2000;
const MAX_BY_KEY = 64;

/** `/message/…`. Source: MessageController, MessageServiceImpl. */
export function messagePaths(): readonly OldEndpoint[] {
  const pages = new MessagePages();
  return [
    {
      method: 'GET',
      path: '/message/viewMessage.query',
      access: 'read',
      async run(call) {
        const message = await viewMessage(call);
        const tracks = await call.admin.messageTrack(message).catch(() => []);
        const messageTrackList = tracks.map(({ consumerGroup, trackType, exceptionDesc }) => ({
          ...{ consumerGroup, trackType, exceptionDesc: exceptionDesc ?? null },
        }));
        return { messageView: messageJson(message), messageTrackList };
      },
    },
    { method: 'POST', path: '/message/queryMessagePageByTopic.query', access: 'read', run: (call) => pages.page(call) },
    {
      method: 'POST',
      path: '/dlqMessage/queryDlqMessageByConsumerGroup.query',
      access: 'read',
      run: (call) => pages.page(call, true),
    },
    {
      method: 'GET',
      path: '/message/queryMessageByTopicAndKey.query',
      access: 'read',
      async run(call) {
        const query = { topic: topicOf(call), key: call.values.text('key'), maxNum: MAX_BY_KEY };
        const found = await call.admin.queryMessage(query).catch(noneFound);
        return found.toReversed().map((message) => messageJson(message));
      },
    },
    {
      method: 'GET',
      path: '/message/queryMessageByTopic.query',
      access: 'read',
      async run(call) {
        const topic = topicOf(call);
        const ranges = await rangesOf(call, topic, call.values.integer('begin'), call.values.integer('end'));
        const messages = await readRanges(call.admin, topic, slice(ranges, 0, MAX_BY_TOPIC));
        return messages.map((message) => messageJson(message, false));
      },
    },
    {
      method: 'POST',
      path: '/message/consumeMessageDirectly.do',
      access: 'write',
      run: async (call) => consumeDirectly(call, await viewMessage(call), call.values.optional('clientId')),
    },
  ];
}

/** By either kind of id; an offset id needs no topic. */
export async function viewMessage(call: OldCall) {
  const { values, admin } = call;
  return admin.viewMessage(values.has('topic') ? topicOf(call) : '', values.text('msgId').trim());
}

/** Without a client: the first member of the group. */
export async function consumeDirectly(
  call: OldCall,
  message: Awaited<ReturnType<typeof viewMessage>>,
  clientId: string | undefined,
  group = groupOf(call),
): Promise<{ readonly consumeResult: string; readonly remark: string | null }> {
  const chosen = clientId ?? (await call.admin.examineConsumerConnection(group)).connectionSet[0]?.clientId;
  if (chosen === undefined) throw new OldPathError(`CODE: 206  DESC: the consumer group[${group}] not online`);
  const result = await call.admin.consumeMessageDirectly(group, chosen, message);
  return { ...result, remark: result.remark ?? null };
}

function noneFound(error: unknown): [] {
  if (error instanceof AdminError && error.responseCode === ResponseCode.NO_MESSAGE) return [];
  throw error;
}
