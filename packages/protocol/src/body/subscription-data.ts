import type { JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import { ExpressionType } from '../model/consumer.ts';
import { Members } from './members.ts';

/** What a group wants of a topic. Source: SubscriptionData. */
export interface SubscriptionData {
  readonly topic: string;
  /** `*`, `TagA||TagB`, or an SQL92 expression. */
  readonly subString: string;
  /** Empty for `*` and SQL. */
  readonly tagsSet: readonly string[];
  /** Java hash of each tag. */
  readonly codeSet: readonly number[];
  /** Milliseconds when it was made; newer wins. */
  readonly subVersion: number;
  readonly expressionType: string;
  readonly classFilterMode: boolean;
}

/** Go clients send the codes as texts. */
export function readSubscriptionData(members: Members): SubscriptionData {
  return {
    topic: members.text('topic'),
    // Without a text nothing is wanted: only `*` means every message.
    subString: members.text('subString', ''),
    tagsSet: members.texts('tagsSet'),
    codeSet: members.integers('codeSet'),
    subVersion: members.integer('subVersion', 0),
    expressionType: members.text('expressionType', ExpressionType.TAG),
    classFilterMode: members.flag('classFilterMode', false),
  };
}

/** For the JSON writer. */
export function subscriptionDataJson(data: SubscriptionData): JsonInput {
  return {
    classFilterMode: data.classFilterMode,
    codeSet: data.codeSet,
    expressionType: data.expressionType,
    subString: data.subString,
    subVersion: data.subVersion,
    tagsSet: data.tagsSet,
    topic: data.topic,
  };
}

/** Source: QuerySubscriptionResponseBody. */
export interface QuerySubscriptionResponseBody {
  readonly group: string;
  readonly topic: string;
  /** Undefined when the group does not subscribe the topic. */
  readonly subscriptionData: SubscriptionData | undefined;
}

/** The body, as Apache writes it. */
export function encodeQuerySubscriptionResponseBody(body: QuerySubscriptionResponseBody): Buffer {
  return encodeJson({
    ...body,
    subscriptionData: body.subscriptionData && subscriptionDataJson(body.subscriptionData),
  });
}

/** Throws BAD_BODY. */
export function decodeQuerySubscriptionResponseBody(body: Uint8Array): QuerySubscriptionResponseBody {
  const members = Members.parse(body, 'QuerySubscriptionResponseBody');
  const subscription = members.object('subscriptionData');
  return {
    group: members.text('group', ''),
    topic: members.text('topic', ''),
    subscriptionData: subscription && readSubscriptionData(subscription),
  };
}
