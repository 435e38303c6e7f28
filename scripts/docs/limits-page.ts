import { brokerLimits } from '@rocketmq-ts/broker';
import { clientLimits } from '@rocketmq-ts/client';
import { controllerLimits } from '@rocketmq-ts/controller';
import type { LimitEntry } from '@rocketmq-ts/kernel';
import { remotingLimits } from '@rocketmq-ts/remoting';
import { replicationLimits } from '@rocketmq-ts/replication';
import { senderLimits } from '@rocketmq-ts/sender';
import { storeLimits } from '@rocketmq-ts/store';
import { table } from './markdown.ts';

const sections: readonly (readonly [name: string, text: string, limits: readonly LimitEntry[]])[] = [
  [
    'Broker',
    'No request waits in a queue before it is served, so none can time out there. What is limited is what waits for the disk, for messages or for clients, in bytes.',
    brokerLimits,
  ],
  [
    'Store',
    'Pulls, progress of groups and requests of operators are served whatever the disk does to sends.',
    storeLimits,
  ],
  ['Replication', 'A slave that does not keep up costs its master no more than this.', replicationLimits],
  ['Connections of a name server, broker or controller', 'The same for every port.', remotingLimits],
  ['Controller', 'Decisions about groups of brokers follow one another, group by group.', controllerLimits],
  ['Our client', 'Set for each producer or consumer.', clientLimits],
  ['The sender with a database', 'Set for each sender.', senderLimits],
];

/** docs/limits.md */
export function limitsPage(): string {
  const parts = sections.map(([name, text, limits]) => {
    const rows = limits.map(({ what, limit, beyond }) => [what, limit, beyond]);
    return `## ${name}\n\n${text}\n\n${table(['what', 'limit', 'beyond it'], rows)}\n`;
  });
  return `${INTRODUCTION}\n${parts.join('\n')}`;
}

const INTRODUCTION = `# Limits and what happens when they are reached

Every queue and buffer has a limit and an answer when it is full. Made from tables in the code by \`npm run docs\`. Names in
\`code\` are properties of the broker ([configuration](configuration.md)) or options of the client; the other limits are fixed.
Clients send again after code 2 and code 14, to another broker where there is one, as Apache's do.
`;
