package compat;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A client of a chaos run: Apache's producer, or Apache's push consumer, until standard input ends. It appends what it sees to the
 * history file, in the form and with the rules of chaos/src/history/events.ts; times are of the machine's monotonic clock, which
 * System.nanoTime is on Linux.
 */
public final class ChaosProgram {
    private static final String USAGE = "role= history= namesrv= topic= name= group= orderly= brokers= queues= rate=";
    private static final String PIECE = "the quick brown fox jumps over the lazy dog; ";
    private static final int SEND_TIMEOUT_MS = 3000;
    private static final int FAILS_EACH = 211;

    private static FileOutputStream history;
    private static volatile boolean stopped;

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, USAGE);
        history = new FileOutputStream(options.text("history"), true);
        Thread ending = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {
                    // Nothing is said: the end of input is the sign.
                }
            } catch (IOException e) {
                // As good as an end.
            }
            stopped = true;
        });
        ending.setDaemon(true);
        ending.start();
        if (options.text("role").equals("producer")) {
            produce(options);
        } else {
            consume(options);
        }
        System.exit(0);
    }

    private static void produce(Options options) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(options.text("group"));
        producer.setNamesrvAddr(options.text("namesrv"));
        producer.setInstanceName(options.text("name"));
        producer.setPollNameServerInterval(2000);
        producer.setHeartbeatBrokerInterval(5000);
        producer.setRetryTimesWhenSendFailed(0);
        producer.setCompressMsgBodyOverHowmuch(1_000_000);
        producer.start();
        List<Thread> lanes = new ArrayList<>();
        String[] brokers = options.text("brokers").split(",");
        int queues = options.number("queues", 4);
        long intervalMs = 1000L * brokers.length * queues / Math.max(1, options.number("rate", 50));
        for (String broker : brokers) {
            for (int queue = 0; queue < queues; queue++) {
                int lane = queue;
                lanes.add(new Thread(() -> sendInOrder(producer, options, broker, lane, intervalMs)));
            }
        }
        for (Thread lane : lanes) {
            lane.start();
        }
        for (Thread lane : lanes) {
            lane.join();
        }
        producer.shutdown();
    }

    /** Each send of a queue begins after the answer to the last. */
    private static void sendInOrder(DefaultMQProducer producer, Options options, String broker, int queue, long intervalMs) {
        String topic = options.text("topic");
        for (int count = 1; !stopped; count++) {
            String id = options.text("name") + "." + ProcessHandle.current().pid() + "." + broker + "." + queue + "." + count;
            record("{\"t\":\"sending\",\"at\":%s,\"id\":\"%s\",\"copies\":1}", now(), id);
            try {
                byte[] body = bodyOf(id).getBytes(StandardCharsets.ISO_8859_1);
                SendResult result = producer.send(new Message(topic, body), (all, message, argument) -> all.stream()
                    .filter(each -> each.getBrokerName().equals(broker) && each.getQueueId() == queue)
                    .findFirst().orElse(null), null, SEND_TIMEOUT_MS);
                record("{\"t\":\"sent\",\"at\":%s,\"id\":\"%s\",\"status\":\"%s\",\"topic\":\"%s\",\"broker\":\"%s\",\"queue\":%d,"
                    + "\"offset\":%d,\"placed\":true}", now(), id, result.getSendStatus(), topic, result.getMessageQueue().getBrokerName(),
                    result.getMessageQueue().getQueueId(), result.getQueueOffset());
            } catch (Exception e) {
                String error = e.toString().replaceAll("[^ -~]|[\"\\\\]", " ");
                record("{\"t\":\"failed\",\"at\":%s,\"id\":\"%s\",\"error\":\"%s\"}", now(), id,
                    error.substring(0, Math.min(200, error.length())));
            }
            sleep(intervalMs);
        }
    }

    private static void consume(Options options) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(options.text("group"));
        consumer.setNamesrvAddr(options.text("namesrv"));
        consumer.setInstanceName(options.text("name"));
        consumer.setPollNameServerInterval(2000);
        consumer.setHeartbeatBrokerInterval(5000);
        consumer.setPersistConsumerOffsetInterval(500);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setSuspendCurrentQueueTimeMillis(100);
        consumer.setAwaitTerminationMillisWhenShutdown(5000);
        consumer.subscribe(options.text("topic"), "*");
        AtomicInteger calls = new AtomicInteger();
        boolean orderly = options.yes("orderly");
        if (orderly) {
            consumer.registerMessageListener((MessageListenerOrderly) (messages, context) ->
                handle(options, calls, messages.get(0), true)
                    ? ConsumeOrderlyStatus.SUCCESS : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT);
        } else {
            consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
                context.setDelayLevelWhenNextConsume(1);
                return handle(options, calls, messages.get(0), false)
                    ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS : ConsumeConcurrentlyStatus.RECONSUME_LATER;
            });
        }
        consumer.start();
        while (!stopped) {
            sleep(50);
        }
        consumer.shutdown();
    }

    private static boolean handle(Options options, AtomicInteger calls, MessageExt message, boolean orderly) {
        boolean ok = calls.incrementAndGet() % FAILS_EACH != 0 || message.getReconsumeTimes() > 0;
        String body = new String(message.getBody(), StandardCharsets.ISO_8859_1);
        String id = body.substring(0, Math.max(0, body.indexOf('|')));
        record("{\"t\":\"handled\",\"at\":%s,\"id\":\"%s\",\"group\":\"%s\",\"member\":\"%s\",\"topic\":\"%s\",\"broker\":\"%s\","
            + "\"queue\":%d,\"offset\":%d,\"ok\":%b,\"retried\":%b}", now(), id, options.text("group"), options.text("name"),
            options.text("topic"), message.getBrokerName(), message.getQueueId(), message.getQueueOffset(), ok,
            !orderly && message.getReconsumeTimes() > 0);
        return ok;
    }

    /** The rule of bodyOf in events.ts. */
    private static String bodyOf(String id) {
        int hash = 7;
        for (int at = 0; at < id.length(); at++) {
            hash = hash * 31 + id.charAt(at);
        }
        int bytes = Integer.remainderUnsigned(hash, 50) == 0 ? 3500 : Integer.remainderUnsigned(hash, 600);
        return id + "|" + PIECE.repeat(bytes / PIECE.length() + 1).substring(0, bytes);
    }

    private static String now() {
        long nanos = System.nanoTime();
        return nanos / 1_000_000 + "." + String.format("%06d", nanos % 1_000_000);
    }

    /** One write for a line: it is with the operating system when this returns. */
    private static synchronized void record(String format, Object... values) {
        try {
            history.write((String.format(format, values) + "\n").getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(Math.max(1, millis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
