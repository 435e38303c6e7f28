import assert from 'node:assert/strict';
import { test } from 'node:test';
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule } from '@nestjs/microservices';
import { RocketmqClient } from '@rocketmq-ts/nestjs';
import { Stage } from './sample-app.ts';

test('a client is registered with ClientsModule, and closes with the application', async () => {
  const stage = await Stage.start();
  const { shop } = await stage.app();
  class RootModule {}
  const options = {
    namesrvAddr: stage.cluster.namesrvAddr,
    producerGroup: 'registered',
    platform: stage.cluster.environment.machine('registered'),
  };
  Module({ imports: [ClientsModule.register([{ name: 'BROKER', customClass: RocketmqClient, options }])] })(RootModule);
  const application = await NestFactory.createApplicationContext(RootModule, { logger: false });
  const client = application.get<RocketmqClient>('BROKER');
  await stage.emit(client, 'Payments', 'registered');
  await stage.cluster.advance(1000);
  assert.deepEqual(shop.log, ['paid "registered", try 0']);
  const seen: string[] = [];
  client.status.subscribe((status) => seen.push(status));
  await stage.cluster.run(application.close());
  assert.deepEqual(seen, ['connected', 'closed']);
  await stage.stop();
});
