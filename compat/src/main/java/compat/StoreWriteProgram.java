package compat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/**
 * Has Apache's broker store what only it can, and what plain messages do not show: topics with batch consume queues and of
 * every permission, timer messages, a group that has consumed by tag, refused and given up. Prints DONE 0 0 when every
 * message is delivered that is delivered at once.
 */
public final class StoreWriteProgram {
    private static final String USAGE = "namesrv= broker= group=";
    private static final int PLAIN = 60;

    public static void main(String[] args) {
        try {
            write(new Options(args, USAGE));
            System.exit(0);
        } catch (Exception e) {
            // Threads of the clients would keep the program alive.
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void write(Options options) throws Exception {
        String namesrv = options.text("namesrv");
        makeTopics(namesrv, options.text("broker"));
        DefaultMQProducer producer = new DefaultMQProducer("store_write_producer");
        producer.setNamesrvAddr(namesrv);
        producer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        producer.setSendMsgTimeout(Lines.REQUEST_TIMEOUT_MS);
        producer.setCompressMsgBodyOverHowmuch(8000);
        producer.start();
        sendPlain(producer);
        sendLater(producer);
        sendToBatchQueue(producer);
        producer.shutdown();
        consume(namesrv, options.text("group"));
        Lines.print("DONE", 0, 0);
    }

    private static void makeTopics(String namesrv, String broker) throws Exception {
        DefaultMQAdminExt admin = new DefaultMQAdminExt("store_write_admin");
        admin.setNamesrvAddr(namesrv);
        admin.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        admin.start();
        admin.createAndUpdateTopicConfig(broker, new TopicConfig("JavaPlain", 4, 2, 6));
        admin.createAndUpdateTopicConfig(broker, new TopicConfig("JavaLater", 2, 2, 6));
        admin.createAndUpdateTopicConfig(broker, new TopicConfig("JavaReadOnly", 1, 1, 4));
        TopicConfig ordered = new TopicConfig("JavaEmpty", 3, 3, 6);
        ordered.setOrder(true);
        ordered.getAttributes().put("+message.type", "FIFO");
        admin.createAndUpdateTopicConfig(broker, ordered);
        TopicConfig batches = new TopicConfig("JavaBatchQueue", 1, 1, 6);
        batches.getAttributes().put("+queue.type", "BatchCQ");
        admin.createAndUpdateTopicConfig(broker, batches);
        admin.shutdown();
    }

    private static void sendPlain(DefaultMQProducer producer) throws Exception {
        for (int i = 0; i < PLAIN; i++) {
            byte[] body = Lines.body("plain", i, 1 + i * 37 % 3000);
            String keys = i % 4 == 0 ? "same  k" + i : "k" + i;
            Message message = new Message("JavaPlain", i % 3 == 0 ? "" : "Tag" + i % 3, keys, body);
            message.setFlag(i * 1_000_003);
            message.putUserProperty("größe", "世界 " + i);
            producer.send(message);
        }
        producer.send(new Message("JavaPlain", "Packed", "packed", Lines.body("packed", 0, 20_000)));
        producer.send(several("JavaPlain", "batch"));
    }

    private static List<Message> several(String topic, String prefix) {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            messages.add(new Message(topic, "Tag1", prefix + i + " " + prefix, Lines.body(prefix, i, 20)));
        }
        return messages;
    }

    private static void sendLater(DefaultMQProducer producer) throws Exception {
        for (int level : new int[] {1, 1, 17, 18}) {
            Message message = new Message("JavaLater", "Level", "level" + level, Lines.body("level", level, 30));
            message.setDelayTimeLevel(level);
            producer.send(message);
        }
        for (int seconds : new int[] {1, 7200, 7200}) {
            Message message = new Message("JavaLater", "Timer", "timer" + seconds, Lines.body("timer", seconds, 30));
            message.setDelayTimeSec(seconds);
            producer.send(message);
        }
    }

    private static void sendToBatchQueue(DefaultMQProducer producer) throws Exception {
        producer.send(several("JavaBatchQueue", "inner"));
        producer.send(new Message("JavaBatchQueue", "Single", "single", Lines.body("single", 0, 20)));
    }

    /** What is sent with a tag, the third message refused once and the fifth one for good; and all that is due. */
    private static void consume(String namesrv, String group) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setNamesrvAddr(namesrv);
        consumer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe("JavaPlain", "Tag1 || Tag2");
        consumer.subscribe("JavaLater", "*");
        int expected = PLAIN * 2 / 3 + 8 + 3;
        Set<String> accepted = ConcurrentHashMap.newKeySet();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        CountDownLatch done = new CountDownLatch(1);
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            ConsumeConcurrentlyStatus status = judge(messages.get(0), context, seen, accepted);
            if (accepted.size() >= expected) {
                done.countDown();
            }
            return status;
        });
        consumer.start();
        if (!done.await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException(accepted.size() + " of " + expected + " messages came");
        }
        consumer.shutdown();
    }

    private static synchronized ConsumeConcurrentlyStatus judge(MessageExt message, ConsumeConcurrentlyContext context,
        Set<String> seen, Set<String> accepted) {
        boolean first = seen.add(message.getMsgId());
        if (first && seen.size() == 3) {
            context.setDelayLevelWhenNextConsume(1);
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        }
        accepted.add(message.getMsgId());
        if (first && seen.size() == 5) {
            context.setDelayLevelWhenNextConsume(-1);
            return ConsumeConcurrentlyStatus.RECONSUME_LATER;
        }
        return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    }
}
