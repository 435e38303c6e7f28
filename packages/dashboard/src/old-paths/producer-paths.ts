import { targetsOfRoute } from '../targets/broker-target.ts';
import { askAll, type OldEndpoint } from './endpoint.ts';
import { connectionJson } from './json-forms.ts';
import { topicOf } from './topic-of.ts';
import { OldPathError } from './values.ts';

/** `/producer/…`; all brokers of the topic are asked, where Apache's dashboard asks one. Source: ProducerController. */
export const producerPaths: readonly OldEndpoint[] = [
  {
    method: 'GET',
    path: '/producer/producerConnection.query',
    access: 'read',
    async run(call) {
      const group = call.values.text('producerGroup');
      const route = await call.admin.examineTopicRoute(topicOf(call));
      const answers = await askAll(call, targetsOfRoute(route), (address) =>
        call.admin.producerGroupInBroker(address, group),
      );
      const byId = new Map(answers.flatMap(({ value }) => value.map((each) => [each.clientId, each] as const)));
      if (byId.size === 0) throw new OldPathError(`CODE: 1  DESC: the producer group[${group}] not exist`);
      return { connectionSet: [...byId.values()].map(connectionJson) };
    },
  },
];
