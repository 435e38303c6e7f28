import { apiPage } from './api-page.ts';
import { readDoors } from './read-door.ts';

const PACKAGES: Readonly<Record<string, string>> = {
  admin: 'Typed operations on a cluster, as `mqadmin` uses them: topics, groups, offsets, messages, brokers.',
  client:
    'Producers and consumers for Apache RocketMQ. The [guide](../guide/README.md) shows them at work, ' +
    '[options](../client-options.md) has the properties of the Java classes, [errors](../errors.md) the codes.',
  nestjs:
    'A server strategy and a client proxy for NestJS microservices. How they are used: ' +
    '[packages/nestjs](../../packages/nestjs/README.md).',
  opentelemetry:
    'Spans and metrics of the client. Which: [packages/opentelemetry](../../packages/opentelemetry/README.md).',
  sender: 'A sender that saves what it cannot send. Its guide is [sender](../sender.md).',
  testing:
    'A name server and brokers in the process of a test. How they are used: ' +
    '[packages/testing](../../packages/testing/README.md).',
};

/** docs/api: one page a package, by path below docs/. */
export function apiPages(root: string): Readonly<Record<string, string>> {
  const doors = readDoors(root, Object.keys(PACKAGES));
  return Object.fromEntries(
    Object.entries(PACKAGES).map(([name, text]) => [
      `api/${name}.md`,
      apiPage({ packageName: `@rocketmq-ts/${name}`, text }, doors.get(name)!),
    ]),
  );
}
