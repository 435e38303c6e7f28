import 'reflect-metadata';
import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule, Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  RocketmqClient,
  type RocketmqContext,
  RocketmqRecord,
  RocketmqRetryException,
  RocketmqServer,
} from '@rocketmq-ts/nestjs';
import { firstValueFrom } from 'rxjs';

const [namesrvAddr = '', name = ''] = process.argv.slice(2);
const received = Promise.withResolvers<string>();

@Injectable()
class Greeter {
  greet(who: string): string {
    return `hello ${who}`;
  }
}

@Controller()
class GreetingController {
  constructor(private readonly greeter: Greeter) {}

  @EventPattern({ topic: `${name}_events`, tags: 'first' })
  event(@Payload() data: { who: string }, @Ctx() context: RocketmqContext): void {
    if (context.getReconsumeTimes() === 0) throw new RocketmqRetryException('once more', 1);
    received.resolve(`${this.greeter.greet(data.who)} ${context.getHeader('color')}`);
  }

  @MessagePattern({ topic: `${name}_requests` })
  request(@Payload() who: string): string {
    return this.greeter.greet(who);
  }
}

@Module({
  imports: [
    ClientsModule.register([
      {
        name: 'BROKER',
        customClass: RocketmqClient,
        options: { namesrvAddr, producerGroup: `${name}_p`, replyTimeoutMs: 10_000 },
      },
    ]),
  ],
  controllers: [GreetingController],
  providers: [Greeter],
})
class AppModule {
  constructor(@Inject('BROKER') readonly client: RocketmqClient) {}
}

const strategy = new RocketmqServer({ namesrvAddr, consumerGroup: `${name}_g`, consumeFrom: 'FIRST_OFFSET' });
const app = await NestFactory.createMicroservice(AppModule, { strategy, logger: false });
const { client } = app.get(AppModule);
// The topics are made by the first messages.
const event = new RocketmqRecord({ who: 'world' }, { headers: { color: 'green' } });
await firstValueFrom(client.emit({ topic: `${name}_events`, tags: 'first' }, event));
await firstValueFrom(client.emit(`${name}_requests`, 'warm up'));
await app.listen();
console.log(await received.promise);
console.log(await firstValueFrom(client.send<string>(`${name}_requests`, 'you')));
await app.close();
