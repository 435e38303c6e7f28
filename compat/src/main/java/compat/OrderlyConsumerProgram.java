package compat;

import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Receives in order with Apache's push consumer from the first offset, until SIGTERM, which lets it leave its group in order.
 * Prints READY clientId once started, and for each message, with the wall clock in ms,
 * BEGIN ms queueId queueOffset reconsumeTimes body topic and END ms queueId queueOffset ok. A body is id|fails: the listener
 * suspends the queue for 100 ms so often before it takes the message.
 */
public final class OrderlyConsumerProgram {
    private static final String USAGE = "namesrv= group= topic= instance= handleMs= maxReconsume=";

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, USAGE);
        int handleMs = options.number("handleMs", 20);
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(options.text("group"));
        consumer.setNamesrvAddr(options.text("namesrv"));
        consumer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        consumer.setPollNameServerInterval(1000);
        consumer.setInstanceName(options.text("instance"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setMaxReconsumeTimes(options.number("maxReconsume", 3));
        consumer.setSuspendCurrentQueueTimeMillis(100);
        consumer.setAwaitTerminationMillisWhenShutdown(5000);
        consumer.subscribe(options.text("topic"), "*");
        consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            MessageExt message = messages.get(0);
            String body = new String(message.getBody(), StandardCharsets.UTF_8);
            Lines.print("BEGIN", System.currentTimeMillis(), message.getQueueId(), message.getQueueOffset(),
                message.getReconsumeTimes(), body, message.getTopic());
            try {
                Thread.sleep(handleMs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            boolean ok = message.getReconsumeTimes() >= Integer.parseInt(body.split("\\|")[1]);
            Lines.print("END", System.currentTimeMillis(), message.getQueueId(), message.getQueueOffset(), ok);
            return ok ? ConsumeOrderlyStatus.SUCCESS : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
        });
        consumer.start();
        Lines.print("READY", consumer.buildMQClientId());
        Runtime.getRuntime().addShutdownHook(new Thread(consumer::shutdown));
        Thread.currentThread().join();
    }
}
