import { ResponseCode } from '@rocketmq-ts/protocol';

const byCode = {
  [ResponseCode.SYSTEM_ERROR]: 'Look for the reason in the log of that broker.',
  [ResponseCode.SYSTEM_BUSY]: 'Send less at once, or later: that broker has more to do than it can.',
  [ResponseCode.REQUEST_CODE_NOT_SUPPORTED]:
    'That server is too old for this, or it is of another kind: check its address.',
  [ResponseCode.MESSAGE_ILLEGAL]:
    'Correct the message: the broker has narrower limits than this client (`maxMessageSize`).',
  [ResponseCode.SERVICE_NOT_AVAILABLE]:
    'Use another broker for now: that one is stopping, is a slave, or its disk is full or failed.',
  [ResponseCode.NO_PERMISSION]:
    'Give the topic or the broker the permission (`mqadmin updateTopicPerm`), or this client the right `credentials`.',
  [ResponseCode.TOPIC_NOT_EXIST]:
    'Create the topic on that broker (`mqadmin updateTopic`), or let brokers create it (`autoCreateTopicEnable=true`).',
  [ResponseCode.SUBSCRIPTION_PARSE_FAILED]: 'Correct the expression of the subscription.',
  [ResponseCode.SUBSCRIPTION_NOT_EXIST]:
    'Let all members of the group subscribe to the same topics; the broker knows those of the last heartbeat.',
  [ResponseCode.SUBSCRIPTION_NOT_LATEST]:
    'Nothing to do: the broker gets the new subscription with the next heartbeat.',
  [ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST]:
    'Create the group on that broker (`mqadmin updateSubGroup`), or let brokers create it (`autoCreateSubscriptionGroup=true`).',
  [ResponseCode.FLOW_CONTROL]: 'Wait, and ask for less at once: that broker limits this client.',
};

/** What to do about a refusal, by response code; for all others the advice of `BROKER_REFUSED`. docs/errors.md is made from it. */
export const refusalAdvice: Readonly<Record<number, string>> = byCode;
