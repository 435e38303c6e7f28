package compat;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.protocol.heartbeat.MessageModel;

/**
 * Receives with Apache's push consumer from the first offset. Prints READY once started and RECV lines (see Lines) for
 * every delivery, also those it refuses: the first failFirst deliveries with reconsumeTimes 0 are refused, with
 * delayLevel for the next try (0: the broker's choice, -1: dead letter). Ends with code 0 when count messages were
 * accepted; with code 1 after timeoutMs. With count=0 it runs until SIGTERM, which lets it leave its group in order.
 */
public final class PushConsumerProgram {
    private static final String USAGE =
        "namesrv= group= topic= expression= sql= model= order= count= failFirst= delayLevel= timeoutMs= instance= maxReconsume= namespace= trace=";

    private final CountDownLatch done = new CountDownLatch(1);
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger toRefuse;
    private final int count;

    private PushConsumerProgram(Options options) {
        count = options.number("count", 0);
        toRefuse = new AtomicInteger(options.number("failFirst", 0));
    }

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, USAGE);
        System.exit(new PushConsumerProgram(options).run(options) ? 0 : 1);
    }

    private boolean run(Options options) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(options.text("group"));
        consumer.setNamesrvAddr(options.text("namesrv"));
        consumer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        // The route of a retry topic is looked up by this timer only; 30 s by default.
        consumer.setPollNameServerInterval(1000);
        consumer.setInstanceName(options.text("instance", "DEFAULT"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        if (options.text("namespace", null) != null) {
            consumer.setNamespace(options.text("namespace"));
        }
        consumer.setMessageModel(
            options.text("model", "clustering").equals("broadcasting") ? MessageModel.BROADCASTING : MessageModel.CLUSTERING);
        consumer.setMaxReconsumeTimes(options.number("maxReconsume", -1));
        String sql = options.text("sql", null);
        MessageSelector selector = sql == null ? MessageSelector.byTag(options.text("expression", "*")) : MessageSelector.bySql(sql);
        consumer.subscribe(options.text("topic"), selector);
        int delayLevel = options.number("delayLevel", 0);
        if (options.text("order", "concurrently").equals("orderly")) {
            consumer.setSuspendCurrentQueueTimeMillis(100);
            consumer.registerMessageListener((MessageListenerOrderly) (messages, context) ->
                all(messages) ? ConsumeOrderlyStatus.SUCCESS : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT);
        } else {
            consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
                context.setDelayLevelWhenNextConsume(delayLevel);
                return all(messages) ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS : ConsumeConcurrentlyStatus.RECONSUME_LATER;
            });
        }
        consumer.setEnableTrace(options.yes("trace"));
        consumer.start();
        Lines.print("READY", consumer.buildMQClientId());
        if (count == 0) {
            Runtime.getRuntime().addShutdownHook(new Thread(consumer::shutdown));
        }
        boolean inTime = done.await(options.number("timeoutMs", 60_000), TimeUnit.MILLISECONDS);
        if (count > 0) {
            consumer.shutdown();
        }
        Lines.print(inTime ? "DONE" : "TIMEOUT", accepted.get());
        return inTime;
    }

    /** A batch holds one message, the client's default; so refusing it refuses exactly that message. */
    private boolean all(List<MessageExt> messages) {
        boolean accept = true;
        for (MessageExt message : messages) {
            Lines.received(message);
            accept = accept && !(message.getReconsumeTimes() == 0 && toRefuse.getAndUpdate(n -> n > 0 ? n - 1 : 0) > 0);
        }
        if (accept && accepted.addAndGet(messages.size()) >= count && count > 0) {
            done.countDown();
        }
        return accept;
    }
}
