import { type Admin, AdminError, deadLetterTopic } from '@rocketmq-ts/admin';
import { inTurns } from '@rocketmq-ts/kernel';
import type { BrokerFailure, ResendResult, ResendTarget } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { reasonOf } from '../http/failure.ts';
import { type FoundMessage, MessageFinder } from '../messages/find.ts';
import { resendToGroup, resendToOrigin } from '../messages/republish.ts';
import type { Looked } from '../targets/topic-place.ts';

/** Which dead letters are sent again, and how. */
export interface ResendQuery {
  readonly group: string;
  /** Offset ids. */
  readonly ids: readonly string[];
  readonly to: ResendTarget;
  /** For CLIENT. */
  readonly clientId?: string | undefined;
}

/** A listener may take its time: only so many are waited for at a time. */
const MESSAGES_AT_A_TIME = 4;
/** What a client answers for a message that it has handled. Source: CMResult. */
const HANDLED: readonly string[] = ['CR_SUCCESS', 'CR_COMMIT'];

/** Sends dead letters again, in the order of the ids; one that fails does not stop the others. They stay where they are. */
export async function resendDeadLetters(
  place: Looked,
  query: ResendQuery,
  nowMs: number,
): Promise<{ results: ResendResult[]; failures: readonly BrokerFailure[] }> {
  if (query.to === 'CLIENT' && query.clientId === undefined)
    throw new ConsoleError('BAD_REQUEST', 'clientId is missing: which client is to get the messages?');
  const finder = new MessageFinder(place, nowMs);
  const ids = [...new Set(query.ids)];
  const results = await inTurns(ids, MESSAGES_AT_A_TIME, (id) => resendOne(place.admin, finder, query, id));
  return { results, failures: finder.calls.failures };
}

async function resendOne(admin: Admin, finder: MessageFinder, query: ResendQuery, id: string): Promise<ResendResult> {
  try {
    const { one } = await finder.one(deadLetterTopic(query.group), id);
    return { id, ...(await send(admin, query, one)) };
  } catch (error) {
    if (error instanceof AdminError || error instanceof ConsoleError)
      return { id, ok: false, message: reasonOf(error) };
    throw error;
  }
}

async function send(admin: Admin, query: ResendQuery, one: FoundMessage): Promise<Omit<ResendResult, 'id'>> {
  const { group, to, clientId } = query;
  if (to === 'CLIENT') {
    const answered = await admin.consumeMessageDirectly(group, clientId!, one.message, one.address);
    const { consumeResult, remark, spentTimeMills } = answered;
    const message = `${consumeResult} (${spentTimeMills} ms)${remark === undefined ? '' : ` ${remark}`}`;
    return { ok: HANDLED.includes(String(consumeResult)), message };
  }
  const sent =
    to === 'RETRY' ? await resendToGroup(admin, one.message, group) : await resendToOrigin(admin, one.message);
  const isStored = sent.sendStatus === 'SEND_OK';
  return {
    ok: true,
    sentTo: sent.topic,
    sentId: sent.offsetMsgId,
    ...(isStored ? {} : { message: sent.sendStatus }),
  };
}
