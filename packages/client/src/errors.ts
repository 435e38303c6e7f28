import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';
import { responseCodeName } from '@rocketmq-ts/protocol';
import { refusalAdvice } from './refusal-advice.ts';

/** Why a call of the client failed. What each code means and what to do about it: `clientErrors`. */
export type ClientErrorCode = keyof typeof clientErrors;

const entry = (meaning: string, retryable: boolean, advice: string): ErrorEntry => ({ meaning, retryable, advice });

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const clientErrors = {
  ABORTED: entry(
    "The caller's AbortSignal ended the wait. A message that was already on its way may still be stored.",
    false,
    'Nothing to mend; `cause` is the reason that was given to the signal.',
  ),
  BODY_UNDECODABLE: entry(
    'The serializer of a consumer cannot make a value of the body of a message (`facts.topic`, `brokerName`, `queueId`, `queueOffset`, `msgId`); `cause` is what it threw. It is thrown by `message.value`: a listener that lets it pass gets the message again later, and in the end it is a dead letter.',
    false,
    'Correct the sender, or let the serializer read what was sent; `message.body` has the bytes.',
  ),
  BODY_UNENCODABLE: entry(
    'The serializer of a producer threw, or gave neither text nor bytes, so the message was not sent; `cause` is what it threw.',
    false,
    'Send what the serializer can write; its `serialize` must return text or bytes, not a promise.',
  ),
  BROKER_REFUSED: entry(
    'A broker or name server answered with an error code (`responseCode`, `remark`, `address`).',
    false,
    'Read the remark; the response code says which kind of refusal it is.',
  ),
  BROKER_UNKNOWN: entry(
    'No route names an address for the broker that is needed.',
    true,
    'Check that the broker is up and registered at this name server (`mqadmin clusterList`).',
  ),
  FILTER_REFUSED: entry(
    'A broker does not take an SQL92 expression (`facts.topic`, `address`, `responseCode`, `remark`): its syntax is wrong, or the broker does not filter by SQL92.',
    false,
    'Correct the expression at the place that is named; docs/filters.md has the grammar.',
  ),
  GROUP_TAKEN: entry(
    'This process already runs a producer or consumer of the same group under the same client id.',
    false,
    'Use one instance for each group, or give each its own `instanceName`.',
  ),
  LISTENER_ILLEGAL: entry(
    'What was given to `start` cannot be called with messages, or it returned text that is no status.',
    false,
    'Give `start` a function, `{ concurrently: … }` or `{ orderly: … }`, and return a status or nothing.',
  ),
  MESSAGE_ILLEGAL: entry(
    'The message or batch breaks a rule of the protocol, so no broker was asked.',
    false,
    'Correct what is named here and send it again.',
  ),
  NAME_ILLEGAL: entry(
    'A topic or group name is empty, too long, has characters that brokers refuse, or is one that RocketMQ uses itself.',
    false,
    'Choose another name: letters, digits, _ - % and the vertical bar, at most 127 of them for a topic and 120 for a group, and no name of a system topic or of a default group.',
  ),
  NAMESRV_UNREACHABLE: entry(
    'None of the configured name servers answered.',
    true,
    'Check `namesrvAddr` and that a name server listens there.',
  ),
  NO_NAME_SERVER: entry('No name server address was given.', false, 'Set `namesrvAddr`, e.g. to 127.0.0.1:9876.'),
  NOT_A_REQUEST: entry(
    'A reply was to be made to a message that asks for none: it lacks the property that is named here.',
    false,
    'Reply only to messages that were sent with `request`.',
  ),
  OFFSETS_UNREADABLE: entry(
    'The local file with the offsets of a broadcasting consumer, and its backup, cannot be read.',
    false,
    'Look at the file that is named here; remove it to start anew.',
  ),
  OFFSET_ILLEGAL: entry(
    'A queue does not have the offset that was sought (`facts.minOffset`, `maxOffset`).',
    false,
    'Seek an offset between the two, or use `seekToBegin` or `seekToEnd`.',
  ),
  OPTION_ILLEGAL: entry(
    'An option has a value outside its range.',
    false,
    'Give the option that is named here a value within its range.',
  ),
  OPTION_UNKNOWN: entry(
    'There is no option of this name (`facts.option`, `nearest`).',
    false,
    'Use a name of docs/client-options.md, which also has those of the Java client.',
  ),
  QUEUE_ILLEGAL: entry(
    'The queue that was given or selected does not belong to the topic of the message, or none was selected.',
    false,
    'Choose one of the queues of `producer.queues(topic)`.',
  ),
  QUEUE_NOT_ASSIGNED: entry(
    'The queue is not one that this consumer reads now (`facts.topic`, `brokerName`, `queueId`): it was never assigned, or another member of the group has it.',
    true,
    'Use one of `consumer.queues`, or assign the queue.',
  ),
  RECALL_HANDLE_ILLEGAL: entry(
    'What was given to `recall` is not the handle of a message that can be recalled.',
    false,
    'Give `recallHandle` of the result of its send; a broker gives one for messages with `delayMs` or `deliverAt`.',
  ),
  REPLY_TIMEOUT: entry(
    'No reply to a request came in time. A consumer may have handled it nevertheless.',
    true,
    'Check that a consumer of the topic replies (`createReplyMessage`), or raise `timeoutMs`.',
  ),
  ROUTE_NOT_FOUND: entry(
    'No name server knows a writable queue of the topic, and none creates it automatically.',
    true,
    'Check that a broker is up and registered at this name server (`mqadmin clusterList`); if so, create the topic (`mqadmin updateTopic`), let brokers create it (`autoCreateTopicEnable=true`), or give its brokers back the permission to write (`mqadmin addWritePerm`).',
  ),
  SEND_FAILED: entry(
    'Every attempt to send failed; `cause` is the last failure. The message may be stored nevertheless.',
    true,
    'Send again, and let the receiver tolerate duplicates.',
  ),
  SEND_TIMEOUT: entry(
    'The time for the whole send ran out, retries included; `cause` is the last failure, if any.',
    true,
    'Send again, or raise `sendTimeoutMs`.',
  ),
  STOPPED: entry(
    'The producer was stopped before the send was answered; `facts.perhapsStored` is false when it was not sent at all.',
    false,
    'Stop the producer after its sends, or raise `awaitTerminationMs`.',
  ),
  SUBSCRIPTION_CONFLICT: entry(
    'A pull consumer either subscribes to topics or is assigned queues, not both.',
    false,
    'Use one of `subscribe` and `assign`, and another consumer for the other.',
  ),
  TOO_MANY_REQUESTS: entry(
    'As many requests as allowed wait for their replies already, so this one was not sent.',
    true,
    'Wait for earlier replies before making more requests, or raise `maxPendingRequests`.',
  ),
  TOO_MANY_SENDS: entry(
    'As many sends as allowed wait for their turn already, so this one was not sent.',
    true,
    'Wait for earlier sends before making more, or raise `maxWaitingSends`.',
  ),
  TRANSACTION_CHECK_TIMEOUT: entry(
    'A check of a transaction did not end in time; the broker got `UNKNOWN` and asks again later.',
    true,
    'Let the check end sooner, or raise `checkTimeoutMs`.',
  ),
  TRANSACTION_STATE_ILLEGAL: entry(
    'A local transaction or a check ended with a value that is no state of a transaction; it counts as `UNKNOWN`.',
    false,
    'Let it return COMMIT, ROLLBACK or UNKNOWN.',
  ),
  WRONG_STATE: entry(
    'The call does not fit the state of the producer or consumer.',
    false,
    'Call `start` before, wait for it, and call nothing after `stop`.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/** With a full stop at its end, since the advice follows. */
function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What errors of the client say of the place where they happened, each as far as it is known. */
export abstract class PlacedError extends CodedError<ClientErrorCode> {
  get topic(): string | undefined {
    return this.#text('topic');
  }

  get brokerName(): string | undefined {
    return this.#text('brokerName');
  }

  get queueId(): number | undefined {
    const { queueId } = this.facts;
    return typeof queueId === 'number' ? queueId : undefined;
  }

  #text(name: string): string | undefined {
    const value = this.facts[name];
    return typeof value === 'string' ? value : undefined;
  }
}

/** Where a request belongs to, as far as it is known. */
export interface ErrorPlace {
  readonly topic?: string | undefined;
  readonly brokerName?: string | undefined;
  readonly queueId?: number | undefined;
}

/** Any failure of the client that is not a broker's answer. */
export class ClientError extends PlacedError {
  constructor(
    code: ClientErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly facts?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(code, `${asSentence(message)} ${clientErrors[code].advice}`, {
      ...options,
      retryable: clientErrors[code].retryable,
    });
  }
}

/** A peer answered with an error code. `code` is `BROKER_REFUSED`. */
export class BrokerError extends PlacedError {
  /** Code on the wire, e.g. 17 for TOPIC_NOT_EXIST. */
  readonly responseCode: number;
  /** Text of the peer; empty when it gave none. */
  readonly remark: string;
  /** `host:port` of the peer. */
  readonly address: string;

  constructor(
    what: string,
    address: string,
    response: { readonly code: number; readonly remark: string | undefined },
    { topic, brokerName, queueId }: ErrorPlace = {},
  ) {
    const remark = response.remark ?? '';
    const reason = remark === '' ? 'without a remark' : `"${remark.trim()}"`;
    const name = responseCodeName(response.code);
    const code = name === String(response.code) ? name : `${response.code} ${name}`;
    const advice = refusalAdvice[response.code] ?? clientErrors.BROKER_REFUSED.advice;
    super('BROKER_REFUSED', `${what} was refused by ${address} with code ${code}: ${reason}. ${advice}`, {
      facts: { responseCode: response.code, remark, address, topic, brokerName, queueId },
    });
    this.responseCode = response.code;
    this.remark = remark;
    this.address = address;
  }
}
