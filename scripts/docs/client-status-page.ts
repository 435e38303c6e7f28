import { statusEvents } from '@rocketmq-ts/client';
import { code, table } from './markdown.ts';

/** docs/client-status.md */
export function clientStatusPage(): string {
  const sections = Object.entries(statusEvents).map(([type, { roles, meaning, fields }]) => {
    const rows = Object.entries(fields).map(([field, text]) => [code(field), text]);
    const of = roles.length === 2 ? 'Of producers and consumers.' : 'Of consumers.';
    return `## ${code(type)}\n\n${of} ${meaning}\n\n${table(['field', 'what it says'], rows)}\n`;
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

const INTRODUCTION = `# What a client reports while it runs

\`status()\` of \`Producer\`, \`TransactionProducer\`, \`PushConsumer\` and \`PullConsumer\` gives events one by one:

\`\`\`ts
for await (const event of consumer.status()) {
  if (event.type === 'deadLettered') alarm(event.topic, event.msgId);
}
\`\`\`

It may be called before, while and after the client runs, any number of times. A reader that begins while it runs first gets an event for
each connection, and the queues of a consumer. The loop ends when the client has stopped, when the \`signal\` of
\`status({ signal })\` aborts, or with \`break\`. Each reader has a buffer of 256 events; when it is full the oldest is dropped, and the next
event that is read has the number of those dropped in \`missed\` (0 otherwise). \`timeMs\` of every event is when it happened, in ms since the
epoch. Without a reader no event is made. Connections that a client closes itself, when it stops, are not reported as lost.

The page is made from a table in the code by \`npm run docs\`.
`;
