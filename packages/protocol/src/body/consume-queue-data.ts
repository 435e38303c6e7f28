import { encodeJson } from '../json/write.ts';
import { Members } from './members.ts';
import { readSubscriptionData, type SubscriptionData, subscriptionDataJson } from './subscription-data.ts';

/** One unit of a consume queue. Source: ConsumeQueueData. */
export interface ConsumeQueueData {
  readonly physicOffset: number;
  readonly physicSize: number;
  readonly tagsCode: number;
  readonly extendDataJson: string | undefined;
  readonly bitMap: string | undefined;
  /** Whether the group's filter takes it. */
  readonly eval: boolean;
  readonly msg: string | undefined;
}

/** Source: QueryConsumeQueueResponseBody. */
export interface QueryConsumeQueueResponseBody {
  readonly subscriptionData: SubscriptionData | undefined;
  /** JSON inside a text. */
  readonly filterData: string | undefined;
  readonly queueData: readonly ConsumeQueueData[];
  readonly maxQueueIndex: number;
  readonly minQueueIndex: number;
}

/** The body, as Apache writes it. */
export function encodeQueryConsumeQueueResponseBody(body: QueryConsumeQueueResponseBody): Buffer {
  return encodeJson({
    ...body,
    subscriptionData: body.subscriptionData && subscriptionDataJson(body.subscriptionData),
  });
}

/** Throws BAD_BODY. */
export function decodeQueryConsumeQueueResponseBody(body: Uint8Array): QueryConsumeQueueResponseBody {
  const members = Members.parse(body, 'QueryConsumeQueueResponseBody');
  const subscription = members.object('subscriptionData');
  return {
    subscriptionData: subscription && readSubscriptionData(subscription),
    filterData: members.optionalText('filterData'),
    queueData: members.objects('queueData').map((unit) => ({
      physicOffset: unit.integer('physicOffset', 0),
      physicSize: unit.integer('physicSize', 0),
      tagsCode: unit.integer('tagsCode', 0),
      extendDataJson: unit.optionalText('extendDataJson'),
      bitMap: unit.optionalText('bitMap'),
      eval: unit.flag('eval', false),
      msg: unit.optionalText('msg'),
    })),
    maxQueueIndex: members.integer('maxQueueIndex', 0),
    minQueueIndex: members.integer('minQueueIndex', 0),
  };
}
