package compat;

import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Sends half messages with Apache's transactional producer: in turn one is committed, one rolled back, one left open; with
 * open=yes all are left open. Prints SENT lines as ProducerProgram does and DONE count 0 at the end. Checks are answered with
 * check= (COMMIT_MESSAGE, ROLLBACK_MESSAGE, default UNKNOW) and printed as CHECK bodyHash; with stay=yes it stays for them.
 */
public final class TransactionProgram {
    private static final String USAGE = "namesrv= group= topic= count= prefix= keys= open= check= stay=";

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, USAGE);
        TransactionMQProducer producer = new TransactionMQProducer(options.text("group", "compat_transactions"));
        producer.setNamesrvAddr(options.text("namesrv"));
        producer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        producer.setSendMsgTimeout(Lines.REQUEST_TIMEOUT_MS);
        producer.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object index) {
                if (options.yes("open")) {
                    return LocalTransactionState.UNKNOW;
                }
                return switch ((Integer) index % 3) {
                    case 0 -> LocalTransactionState.COMMIT_MESSAGE;
                    case 1 -> LocalTransactionState.ROLLBACK_MESSAGE;
                    default -> LocalTransactionState.UNKNOW;
                };
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                Lines.print("CHECK", Lines.hash(message.getBody()));
                return LocalTransactionState.valueOf(options.text("check", "UNKNOW"));
            }
        });
        producer.start();
        int count = options.number("count", 3);
        for (int i = 0; i < count; i++) {
            byte[] body = Lines.body(options.text("prefix", "transaction"), i, 40);
            Message message = new Message(options.text("topic"), body);
            message.setKeys(options.text("keys", "transaction") + i);
            SendResult result = producer.sendMessageInTransaction(message, i);
            Lines.print("SENT", result.getMsgId(), result.getOffsetMsgId(), result.getMessageQueue().getQueueId(),
                result.getQueueOffset(), result.getSendStatus(), Lines.hash(body));
        }
        Lines.print("DONE", count, 0);
        if (options.yes("stay")) {
            Thread.currentThread().join();
        }
        producer.shutdown();
        System.exit(0);
    }
}
