package compat;

import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Sends timer messages with Apache's producer, by each of its three setters, recalls one, and receives the others with Apache's
 * consumer. Prints for each that came TIMED name lateMs, where lateMs is its store time less when it was due, RECALLED id, and
 * REFUSED for a delay beyond the limit. Ends when the last one has come, or with code 1 after a minute.
 */
public final class TimerProgram {
    private static final String USAGE = "namesrv= group= topic=";

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, USAGE);
        String topic = options.text("topic");
        List<MessageExt> received = new ArrayList<>();
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(options.text("group", "compat_timers"));
        consumer.setNamesrvAddr(options.text("namesrv"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPollNameServerInterval(500);
        consumer.subscribe(topic, "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            synchronized (received) {
                received.addAll(messages);
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        DefaultMQProducer producer = new DefaultMQProducer(options.text("group", "compat_timers"));
        producer.setNamesrvAddr(options.text("namesrv"));
        producer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        producer.setSendMsgTimeout(Lines.REQUEST_TIMEOUT_MS);
        producer.start();
        consumer.start();
        send(producer, topic);
        long giveUpAt = System.currentTimeMillis() + 60_000;
        boolean isComplete = false;
        while (!isComplete && System.currentTimeMillis() < giveUpAt) {
            Thread.sleep(50);
            synchronized (received) {
                isComplete = received.stream().anyMatch(message -> "last".equals(message.getUserProperty("name")));
            }
        }
        synchronized (received) {
            for (MessageExt message : received) {
                long dueMs = Long.parseLong(message.getUserProperty("dueMs"));
                Lines.print("TIMED", message.getUserProperty("name"), message.getStoreTimestamp() - dueMs);
            }
        }
        consumer.shutdown();
        producer.shutdown();
        System.exit(isComplete ? 0 : 1);
    }

    private static void send(DefaultMQProducer producer, String topic) throws Exception {
        long now = System.currentTimeMillis();
        Message seconds = message(topic, "seconds", now + 3000);
        seconds.setDelayTimeSec(3);
        producer.send(seconds);
        Message milliseconds = message(topic, "milliseconds", now + 3450);
        milliseconds.setDelayTimeMs(3450);
        producer.send(milliseconds);
        Message time = message(topic, "time", now + 4700);
        time.setDeliverTimeMs(now + 4700);
        producer.send(time);
        Message recalled = message(topic, "recalled", now + 6000);
        recalled.setDeliverTimeMs(now + 6000);
        SendResult result = producer.send(recalled);
        Lines.print("RECALLED", producer.recallMessage(topic, result.getRecallHandle()), result.getMsgId());
        Message past = message(topic, "past", now);
        past.setDeliverTimeMs(now - 1000);
        producer.send(past);
        Message far = message(topic, "far", now);
        far.setDelayTimeSec(259_201);
        try {
            producer.send(far);
        } catch (org.apache.rocketmq.client.exception.MQBrokerException e) {
            Lines.print("REFUSED", e.getResponseCode());
        }
        Message last = message(topic, "last", now + 7000);
        last.setDeliverTimeMs(now + 7000);
        producer.send(last);
    }

    private static Message message(String topic, String name, long dueMs) {
        Message message = new Message(topic, name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        message.putUserProperty("name", name);
        message.putUserProperty("dueMs", String.valueOf(dueMs));
        return message;
    }
}
