import { AdminError, versionDescription } from '@rocketmq-ts/admin';
import type { Clock } from '@rocketmq-ts/kernel';
import type { DirectResult, MESSAGE_ROUTES } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import { Download } from '../http/download.ts';
import { reasonOf } from '../http/failure.ts';
import { allBrokers } from '../targets/broker-target.ts';
import { messageDetail } from './detail.ts';
import { exportMessages } from './export.ts';
import { MessageFinder, messagesById, messagesOfQueue, rowsOf } from './find.ts';
import { topicNames } from './names.ts';
import { resendToTopic } from './republish.ts';
import { scanMessages, searchPage } from './search.ts';
import { onlineClients, trackMessage } from './track.ts';

/** Handlers of `MESSAGE_ROUTES`. */
export function messageHandlers(clock: Pick<Clock, 'now' | 'monotonicMs'>): Handlers<typeof MESSAGE_ROUTES> {
  return {
    searchMessages: ({ cluster, body, signal }) => searchPage(cluster, body, signal),

    scanMessages: ({ cluster, body, signal }) =>
      scanMessages(cluster, body, { nowMs: () => clock.monotonicMs(), signal }),

    async messagesByKey({ cluster, query }) {
      const finder = new MessageFinder(cluster, clock.now());
      const found = await finder.byKey(query);
      return { rows: rowsOf(found), failures: finder.calls.failures };
    },

    messagesById: ({ cluster, query }) => messagesById(cluster, query, clock.now()),

    messagesOfQueue: ({ cluster, query }) => messagesOfQueue(cluster, query),

    exportMessages: ({ cluster, query, signal }) => exportMessages(cluster, query, { nowMs: clock.now(), signal }),

    topicNames: ({ cluster, query }) => topicNames(cluster.admin, query.filter ?? '', clock.monotonicMs()),

    async brokerNames({ cluster }) {
      return { names: (await allBrokers(cluster.admin)).map(({ brokerName }) => brokerName) };
    },

    onlineClients: ({ cluster, query }) => onlineClients(cluster, query.group, versionDescription),

    async message({ cluster, params }) {
      const { id, one, others } = await new MessageFinder(cluster, clock.now()).one(params.topic, params.id);
      return messageDetail(one, id, others);
    },

    async messageBody({ cluster, params }) {
      const { one } = await new MessageFinder(cluster, clock.now()).one(params.topic, params.id);
      return new Download(`${one.message.msgId}.bin`, 'application/octet-stream', one.message.body);
    },

    async messageTrack({ cluster, params }) {
      const finder = new MessageFinder(cluster, clock.now());
      const { one } = await finder.one(params.topic, params.id);
      try {
        return { groups: await trackMessage(cluster.admin, one), failures: finder.calls.failures };
      } catch (error) {
        if (!(error instanceof AdminError)) throw error;
        const failure = { brokerName: one.brokerName, address: one.address, message: reasonOf(error) };
        return { groups: [], failures: [...finder.calls.failures, failure] };
      }
    },

    async resendMessage({ cluster, params }) {
      const { one } = await new MessageFinder(cluster, clock.now()).one(params.topic, params.id);
      return resendToTopic(cluster.admin, one.message);
    },

    async consumeDirectly({ cluster, params, body }): Promise<DirectResult> {
      const { one } = await new MessageFinder(cluster, clock.now()).one(params.topic, params.id);
      const { group, clientId } = body;
      const answered = await cluster.admin.consumeMessageDirectly(group, clientId, one.message, one.address);
      const { consumeResult, remark, spentTimeMills, order, autoCommit } = answered;
      return { result: String(consumeResult), remark, spentMs: spentTimeMills, order, autoCommit };
    },
  };
}
