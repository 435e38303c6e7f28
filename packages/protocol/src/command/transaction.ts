import { bool, command, int, long, optional, rpcRequestFields, str, withDefault } from './table.ts';

/**
 * Producer to broker, one-way: what became of a half message. A remark carries the text of a local exception.
 * Source: EndTransactionRequestHeader.
 */
export const END_TRANSACTION = command(37, 'END_TRANSACTION', {
  request: {
    topic: optional(str()),
    producerGroup: str(),
    /** Queue offset of the half message. */
    tranStateTableOffset: long(),
    /** Physical offset of the half message. */
    commitLogOffset: long(),
    /** 0 unknown, 8 commit, 12 rollback. */
    commitOrRollback: int(),
    fromTransactionCheck: withDefault(bool(), false),
    msgId: optional(str()),
    transactionId: optional(str()),
    ...rpcRequestFields,
  },
});

/** Broker to producer, one-way: what became of this half message? Body: the message. Source: CheckTransactionStateRequestHeader. */
export const CHECK_TRANSACTION_STATE = command(39, 'CHECK_TRANSACTION_STATE', {
  request: {
    topic: optional(str()),
    tranStateTableOffset: long(),
    commitLogOffset: long(),
    msgId: optional(str()),
    transactionId: optional(str()),
    offsetMsgId: optional(str()),
    ...rpcRequestFields,
  },
});

/** Starts checking a half message again that was given up. Source: ResumeCheckHalfMessageRequestHeader. */
export const RESUME_CHECK_HALF_MESSAGE = command(323, 'RESUME_CHECK_HALF_MESSAGE', {
  request: { topic: optional(str()), msgId: optional(str()) },
});
