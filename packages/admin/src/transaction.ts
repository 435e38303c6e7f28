import { formatEndpoint } from '@rocketmq-ts/kernel';
import {
  decodeReadableMessages,
  halfOffsetsOf,
  type MessageView,
  OP_TAG,
  OpenTransactions,
  PULL_MESSAGE,
  PullSysFlag,
  parseOffsetMessageId,
  QUERY_CONSUMER_OFFSET,
  RESUME_CHECK_HALF_MESSAGE,
  ResponseCode,
  SystemGroup,
  SystemTopic,
  type UnendedTransaction,
  unendedTransaction,
} from '@rocketmq-ts/protocol';
import { AdminError } from './errors.ts';
import { LONG_TIMEOUT_MS, type Wire } from './wire.ts';

/** Transactions that were not ended, on one broker. Built on pulls, so that Apache's brokers are asked in the same way. */
export interface TransactionOperations {
  /**
   * Calls `found` for each transaction that is open on a broker, in the order of the half topic. One that was ended in the last seconds may
   * be among them: brokers say so in batches (`transactionOpBatchInterval`). `isEnough` is asked before each pull of half messages; once
   * it is true the rest is not read, and the answer is false.
   */
  openTransactions(
    address: string,
    found: (transaction: UnendedTransaction) => void,
    isEnough?: () => boolean,
  ): Promise<boolean>;
  /** The same for those that were given up, as long as the broker keeps their messages. */
  discardedTransactions(
    address: string,
    found: (transaction: UnendedTransaction) => void,
    isEnough?: () => boolean,
  ): Promise<boolean>;
  /** A transaction that was given up is checked again. The id is the offset message id of its message. */
  resumeCheckHalfMessage(offsetMsgId: string, topic?: string): Promise<void>;
}

const NOTHING_PULLED: readonly number[] = [
  ResponseCode.PULL_NOT_FOUND,
  ResponseCode.PULL_RETRY_IMMEDIATELY,
  ResponseCode.PULL_OFFSET_MOVED,
  ResponseCode.TOPIC_NOT_EXIST,
];

/** `TransactionOperations` over the wire. */
export function transactionOperations(wire: Wire): TransactionOperations {
  async function progress(address: string, topic: string): Promise<number> {
    const header = { consumerGroup: SystemGroup.SYS_TRANS, topic, queueId: 0, setZeroIfNotFound: false };
    const accept = [ResponseCode.QUERY_NOT_FOUND];
    const response = await wire.broker(address, QUERY_CONSUMER_OFFSET, header, { accept });
    return response.code === ResponseCode.SUCCESS ? response.header.offset : 0;
  }

  async function each(
    address: string,
    topic: string,
    from: number,
    take: (message: MessageView) => void,
    isEnough: () => boolean = () => false,
  ): Promise<boolean> {
    for (let queueOffset = from; ; ) {
      if (isEnough()) return false;
      const header = {
        ...{ consumerGroup: SystemGroup.TOOLS_CONSUMER, topic, queueId: 0, queueOffset, maxMsgNums: 32 },
        ...{ sysFlag: PullSysFlag.SUBSCRIPTION, commitOffset: 0, suspendTimeoutMillis: 0 },
        ...{ subscription: '*', subVersion: 0, expressionType: 'TAG' },
      };
      const response = await wire.broker(address, PULL_MESSAGE, header, {
        accept: NOTHING_PULLED,
        timeoutMs: LONG_TIMEOUT_MS,
      });
      const { nextBeginOffset } = response.header;
      if (response.code === ResponseCode.SUCCESS) for (const message of readable(response.body)) take(message);
      // Also where the queue begins behind the offset, or ends before it.
      const isOver = response.code === ResponseCode.PULL_NOT_FOUND || response.code === ResponseCode.TOPIC_NOT_EXIST;
      if (isOver || nextBeginOffset <= queueOffset) return true;
      queueOffset = nextBeginOffset;
    }
  }

  return {
    async openTransactions(address, found, isEnough) {
      const [half, op] = [SystemTopic.TRANS_HALF, SystemTopic.TRANS_OP_HALF];
      const from = await progress(address, half);
      const over = new Set<number>();
      await each(address, op, await progress(address, op), (message) => {
        if (message.tags !== OP_TAG) return;
        for (const offset of halfOffsetsOf(message.body, Number.MAX_SAFE_INTEGER)) if (offset >= from) over.add(offset);
      });
      const open = new OpenTransactions();
      const add = (message: MessageView): void => {
        if (!over.has(message.queueOffset)) open.add(message);
      };
      const isWhole = await each(address, half, from, add, isEnough);
      for (const transaction of open.values()) found(transaction);
      return isWhole;
    },

    async discardedTransactions(address, found, isEnough) {
      const take = (message: MessageView): void => found(unendedTransaction(message, true));
      return each(address, SystemTopic.TRANS_CHECK_MAX_TIME, 0, take, isEnough);
    },

    async resumeCheckHalfMessage(offsetMsgId, topic = SystemTopic.TRANS_CHECK_MAX_TIME) {
      await wire.broker(brokerOf(offsetMsgId), RESUME_CHECK_HALF_MESSAGE, { msgId: offsetMsgId, topic });
    },
  };
}

function brokerOf(offsetMsgId: string): string {
  try {
    return formatEndpoint(parseOffsetMessageId(offsetMsgId).storeHost);
  } catch (cause) {
    throw new AdminError('REFUSED', `"${offsetMsgId}" is no offset message id, as listTransactions shows them`, {
      cause,
    });
  }
}

/** The messages of an answer; bodies stay as they are stored. */
function readable(body: Buffer): MessageView[] {
  return decodeReadableMessages(body, () => {});
}
