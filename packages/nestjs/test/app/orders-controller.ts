import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { type RocketmqContext, RocketmqRetryException } from '@rocketmq-ts/nestjs';
import { from, type Observable } from 'rxjs';
import { Shop } from './shop.ts';

export interface Order {
  readonly id: number;
}

@Controller()
export class OrdersController {
  constructor(@Inject(Shop) private readonly shop: Shop) {}

  @EventPattern({ topic: 'Orders', tags: 'created || changed' })
  async saved(@Payload() order: Order, @Ctx() context: RocketmqContext): Promise<void> {
    const tenant = context.getHeader('tenant') ?? 'nobody';
    await this.shop.did(`saved ${order.id} of ${tenant}, ${context.getTags()}, try ${context.getReconsumeTimes()}`);
  }

  @EventPattern({ topic: 'Orders', tags: 'cancelled' })
  async cancelled(@Payload() order: Order): Promise<void> {
    await this.shop.did(`cancelled ${order.id}`);
  }

  /** A second handler of an equal pattern. */
  @EventPattern({ topic: 'Orders', tags: 'cancelled' })
  async refunded(@Payload() order: Order): Promise<void> {
    await this.shop.did(`refunded ${order.id}`);
  }

  @EventPattern({ topic: 'Payments' })
  async paid(@Payload() text: unknown, @Ctx() context: RocketmqContext): Promise<void> {
    await this.shop.did(`paid ${JSON.stringify(text)}, try ${context.getReconsumeTimes()}`);
  }

  @EventPattern<string>('Failing')
  async failing(@Payload() level: number | string, @Ctx() context: RocketmqContext): Promise<void> {
    await this.shop.did(`failing ${level}, try ${context.getReconsumeTimes()}`);
    if (level === 'ack') context.ack();
    if (level === 'retry') context.retry(context.getReconsumeTimes() === 0 ? 2 : -1);
    if (context.getReconsumeTimes() > 0 || level === 'retry') return;
    if (level === 'rpc') throw new RpcException({ message: 'by an RpcException', delayLevel: 1 });
    if (typeof level === 'number') throw new RocketmqRetryException('not now', level);
    throw new Error('an error that Nest does not know');
  }

  @MessagePattern('Prices')
  async price(@Payload() fruit: string): Promise<string | bigint | Observable<number>> {
    await this.shop.did(`price of ${fruit}`);
    if (fruit === 'rotten') throw new RpcException({ message: 'nobody buys that', code: 7 });
    if (fruit === 'bug') throw new Error('a secret');
    if (fruit === 'all') return from([1, 2, 3]);
    if (fruit === 'none') return from([]);
    if (fruit === 'countless') return 10n;
    if (fruit === 'huge') return 'x'.repeat(5_000_000);
    return `${fruit}: ten`;
  }

  /** Of another transport: not served here. */
  @MessagePattern({ cmd: 'sum' })
  sum(@Payload() numbers: readonly number[]): number {
    return numbers.reduce((sum, each) => sum + each, 0);
  }
}
