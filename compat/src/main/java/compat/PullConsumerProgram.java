package compat;

import java.util.Collection;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Receives with Apache's pull interfaces. kind=subscribe and kind=assign use DefaultLitePullConsumer; kind=pull uses the
 * older DefaultMQPullConsumer and reads every queue from its start to its end. kind=assign reads all, seeks to the begin and
 * reads all again: a seek while messages are on their way leaves those in the client that came at the same moment, so that they
 * come twice. Prints QUEUE topic broker id min max for
 * each queue (assign, pull) and RECV lines; code 0 when count messages came within timeoutMs, else 1.
 */
public final class PullConsumerProgram {
    private static final String USAGE = "namesrv= group= topic= expression= kind= count= timeoutMs=";

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, USAGE);
        long deadline = System.currentTimeMillis() + options.number("timeoutMs", 60_000);
        int count = options.number("count", 1);
        int received = switch (options.text("kind", "subscribe")) {
            case "subscribe", "assign" -> litePull(options, count, deadline);
            case "pull" -> pull(options, count, deadline);
            default -> throw options.wrong("unknown kind");
        };
        Lines.print(received >= count ? "DONE" : "TIMEOUT", received);
        System.exit(received >= count ? 0 : 1);
    }

    private static int litePull(Options options, int count, long deadline) throws Exception {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(options.text("group"));
        consumer.setNamesrvAddr(options.text("namesrv"));
        consumer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        consumer.setAutoCommit(false);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        boolean assign = options.text("kind", "subscribe").equals("assign");
        if (!assign) {
            consumer.subscribe(options.text("topic"), options.text("expression", "*"));
        }
        consumer.start();
        int received = 0;
        if (assign) {
            Collection<MessageQueue> queues = consumer.fetchMessageQueues(options.text("topic"));
            consumer.assign(queues);
            while (received < count && System.currentTimeMillis() < deadline) {
                received += consumer.poll(1000).size();
            }
            for (MessageQueue queue : queues) {
                consumer.seekToBegin(queue);
                Lines.print("QUEUE", queue.getTopic(), queue.getBrokerName(), queue.getQueueId(), "-", "-");
            }
            received = 0;
        }
        while (received < count && System.currentTimeMillis() < deadline) {
            List<MessageExt> messages = consumer.poll(1000);
            messages.forEach(Lines::received);
            received += messages.size();
        }
        consumer.commit();
        consumer.shutdown();
        return received;
    }

    @SuppressWarnings("deprecation")
    private static int pull(Options options, int count, long deadline) throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(options.text("group"));
        consumer.setNamesrvAddr(options.text("namesrv"));
        consumer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        consumer.start();
        int received = 0;
        for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(options.text("topic"))) {
            long next = consumer.minOffset(queue);
            Lines.print("QUEUE", queue.getTopic(), queue.getBrokerName(), queue.getQueueId(), next, consumer.maxOffset(queue));
            while (System.currentTimeMillis() < deadline) {
                PullResult result = consumer.pull(queue, options.text("expression", "*"), next, 32);
                next = result.getNextBeginOffset();
                if (result.getPullStatus() != PullStatus.FOUND) {
                    break;
                }
                result.getMsgFoundList().forEach(Lines::received);
                received += result.getMsgFoundList().size();
            }
            consumer.updateConsumeOffset(queue, next);
        }
        consumer.shutdown();
        return received;
    }
}
