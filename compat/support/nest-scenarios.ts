import assert from 'node:assert/strict';
import { test } from 'node:test';
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  RocketmqClient,
  type RocketmqContext,
  RocketmqRecord,
  RocketmqRetryException,
  RocketmqServer,
} from '@rocketmq-ts/nestjs';
import { openTelemetry } from '@rocketmq-ts/opentelemetry';
import { firstValueFrom } from 'rxjs';
import type { Cluster } from './cluster.ts';
import { linesOf } from './deliveries.ts';
import { javaRun } from './java-clients.ts';
import { until } from './until.ts';

const TEST_MS = 120_000;
const EVENTS = 'NestEvents';
const REQUESTS = 'NestRequests';

/** A Nest application over whatever cluster is given: its events, its requests, those of Apache's client, and the trace of them. */
export function nestScenarios(clusterOf: () => Cluster): void {
  test(
    'a Nest application gets an event again after the delay level that it names, answers its own client and Apache’s, in one trace each',
    { timeout: TEST_MS },
    () => serve(clusterOf()),
  );
}

const calls: string[] = [];

class CompatController {
  event(data: { id: number }, call: RocketmqContext): void {
    calls.push(`event ${data.id} of ${call.getHeader('tenant')}, ${call.getTags()}, try ${call.getReconsumeTimes()}`);
    if (call.getReconsumeTimes() === 0) throw new RocketmqRetryException('once more', 1);
  }

  request(question: string): string {
    return `re: ${question}`;
  }
}

/** What decorators do, in sources that run unbuilt. */
function decorate(): void {
  const { prototype } = CompatController;
  const descriptorOf = (name: 'event' | 'request') => Object.getOwnPropertyDescriptor(prototype, name)!;
  EventPattern({ topic: EVENTS, tags: 'created || changed' })(prototype, 'event', descriptorOf('event'));
  MessagePattern({ topic: REQUESTS })(prototype, 'request', descriptorOf('request'));
  Payload()(prototype, 'event', 0);
  Ctx()(prototype, 'event', 1);
  Payload()(prototype, 'request', 0);
  Controller()(CompatController);
}

async function serve(cluster: Cluster): Promise<void> {
  calls.length = 0;
  decorate();
  class CompatModule {}
  Module({ controllers: [CompatController] })(CompatModule);
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const instrumentation = openTelemetry({ tracerProvider, propagator: new W3CTraceContextPropagator() });
  const common = { namesrvAddr: cluster.namesrv, pollNameServerIntervalMs: 500, instrumentation };
  const client = new RocketmqClient({ ...common, producerGroup: 'nest_client', sendTimeoutMs: 20_000 });
  // Brokers make the topics with their first messages.
  for (const tags of ['changed', 'shipped']) {
    const record = new RocketmqRecord({ id: 7 }, { headers: { tenant: 'a' } });
    await firstValueFrom(client.emit({ topic: EVENTS, tags }, record));
  }
  await firstValueFrom(client.emit(REQUESTS, 'no request'));
  const strategy = new RocketmqServer({ ...common, consumerGroup: 'nest_server', consumeFrom: 'FIRST_OFFSET' });
  const app = await NestFactory.createMicroservice(CompatModule, { strategy, logger: ['error', 'fatal'] });
  try {
    await app.listen();
    await until('the event comes again', () => calls.length >= 2);
    assert.deepEqual(calls, ['event 7 of a, changed, try 0', 'event 7 of a, changed, try 1']);
    const question = new RocketmqRecord('how much?', { timeoutMs: 20_000 });
    assert.equal(await firstValueFrom(client.send<string>(REQUESTS, question)), 're: how much?');
    const args = { role: 'request', group: 'nest_java_asker', topic: REQUESTS, count: 2 };
    const replies = linesOf(await javaRun(cluster, 'RequestReplyProgram', args), 'REPLY');
    assert.deepEqual(
      replies.map(([text]) => text),
      ['re:_question-0', 're:_question-1'],
    );
  } finally {
    await app.close();
    await client.close();
  }
  const spansOf = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
  const [sent] = spansOf(`send ${EVENTS}`);
  const processed = spansOf(`process ${EVENTS}`);
  assert.deepEqual(
    processed.map(({ links }) => links[0]?.context.traceId),
    [sent!.spanContext().traceId, sent!.spanContext().traceId],
    'the broker keeps the context, also of a message that it delivers again',
  );
  assert.equal(spansOf(`retry ${EVENTS}`).length, 1);
}
