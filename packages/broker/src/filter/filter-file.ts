import type { BloomFilterData } from '@rocketmq-ts/filter';
import type { JsonInput, Members } from '@rocketmq-ts/protocol';

/** An SQL92 filter of a group for a topic, as consumerFilter.json has it. Times are ms since the epoch. Source: ConsumerFilterData. */
export interface SavedFilter {
  readonly topic: string;
  readonly consumerGroup: string;
  readonly expression: string;
  readonly expressionType: string;
  /** When it was registered: bit maps of messages that were stored earlier say nothing about it. */
  readonly bornTime: number;
  /** When the last member left; 0 while there is one. */
  readonly deadTime: number;
  readonly clientVersion: number;
  readonly bloomFilterData: BloomFilterData;
}

/** Source: ConsumerFilterData#isDead. */
export function isDead({ deadTime, bornTime }: SavedFilter): boolean {
  return deadTime >= bornTime;
}

export function filterAsJson(filter: SavedFilter): JsonInput {
  const { bitNum, bitPos } = filter.bloomFilterData;
  return {
    bloomFilterData: { bitNum, bitPos },
    bornTime: filter.bornTime,
    clientVersion: filter.clientVersion,
    consumerGroup: filter.consumerGroup,
    dead: isDead(filter),
    deadTime: filter.deadTime,
    expression: filter.expression,
    expressionType: filter.expressionType,
    topic: filter.topic,
  };
}

export function readFilter(members: Members): SavedFilter {
  const bloom = members.object('bloomFilterData');
  return {
    topic: members.text('topic'),
    consumerGroup: members.text('consumerGroup'),
    expression: members.text('expression'),
    expressionType: members.text('expressionType'),
    bornTime: members.integer('bornTime', 0),
    deadTime: members.integer('deadTime', 0),
    clientVersion: members.integer('clientVersion', 0),
    bloomFilterData: { bitNum: bloom?.integer('bitNum', 0) ?? 0, bitPos: bloom?.integers('bitPos') ?? [] },
  };
}
