package compat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.compression.CompressionType;
import org.apache.rocketmq.common.message.Message;

/**
 * Sends with Apache's producer and prints, for each answer,
 * SENT msgId offsetMsgId queueId queueOffset status bodyHash, and at the end DONE sent failed.
 * Modes: sync; async; oneway; batch (one request with all messages); ordered (message i goes to queue i % queues by a
 * selector); autobatch (async, gathered to batches by the client). With oneway the line is ONEWAY bodyHash. Code 0 when nothing failed, else 1.
 */
public final class ProducerProgram {
    private static final String USAGE = "namesrv= group= topic= count= mode= tags= keys= prefix= bodyBytes= compress= compressType= namespace= delayLevel= pauseMs= wait= trace=";

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, USAGE);
        DefaultMQProducer producer = new DefaultMQProducer(options.text("group", "compat_producer"));
        producer.setNamesrvAddr(options.text("namesrv"));
        producer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        producer.setSendMsgTimeout(Lines.REQUEST_TIMEOUT_MS);
        // A body above the threshold is compressed; by default none of ours is that long.
        producer.setCompressMsgBodyOverHowmuch(options.yes("compress") ? 16 : Integer.MAX_VALUE);
        producer.setEnableTrace(options.yes("trace"));
        if (options.text("mode", "sync").equals("autobatch")) {
            producer.setAutoBatch(true);
            producer.batchMaxDelayMs(200);
        }
        if (options.text("compressType", null) != null) {
            producer.setCompressType(CompressionType.of(options.text("compressType")));
        }
        if (options.text("namespace", null) != null) {
            producer.setNamespace(options.text("namespace"));
        }
        producer.start();
        AtomicInteger sent = new AtomicInteger();
        AtomicInteger failed = new AtomicInteger();
        try {
            send(options, producer, messages(options), sent, failed);
        } finally {
            producer.shutdown();
        }
        Lines.print("DONE", sent.get(), failed.get());
        System.exit(failed.get() == 0 ? 0 : 1);
    }

    private static List<Message> messages(Options options) {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < options.number("count", 1); i++) {
            byte[] body = Lines.body(options.text("prefix", "body"), i, options.number("bodyBytes", 32));
            Message message = new Message(options.text("topic"), body);
            if (options.text("tags", null) != null) {
                // Tags in turn: with tags=A,B the even ones carry A.
                String[] tags = options.text("tags").split(",");
                message.setTags(tags[i % tags.length]);
            }
            if (options.text("keys", null) != null) {
                message.setKeys(options.text("keys") + i);
            }
            if (options.number("delayLevel", 0) > 0) {
                message.setDelayTimeLevel(options.number("delayLevel", 0));
            }
            message.putUserProperty("index", String.valueOf(i));
            messages.add(message);
        }
        return messages;
    }

    private static void send(Options options, DefaultMQProducer producer, List<Message> messages, AtomicInteger sent,
        AtomicInteger failed) throws Exception {
        String mode = options.text("mode", "sync");
        if (mode.equals("batch")) {
            SendResult result = producer.send(messages);
            report(result, "batch");
            sent.addAndGet(messages.size());
            return;
        }
        CountDownLatch answers = new CountDownLatch(mode.equals("async") || mode.equals("autobatch") ? messages.size() : 0);
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            String hash = Lines.hash(message.getBody());
            try {
                switch (mode) {
                    case "sync" -> report(producer.send(message), hash);
                    case "ordered" -> report(producer.send(message,
                        (queues, m, index) -> queues.get((Integer) index % queues.size()), i), hash);
                    case "oneway" -> {
                        producer.sendOneway(message);
                        Lines.print("ONEWAY", hash);
                    }
                    case "async", "autobatch" -> {
                        producer.send(message, new SendCallback() {
                            @Override
                            public void onSuccess(SendResult result) {
                                report(result, hash);
                                sent.incrementAndGet();
                                answers.countDown();
                            }

                            @Override
                            public void onException(Throwable error) {
                                Lines.print("FAILED", hash, error.toString().replace('\n', ' '));
                                failed.incrementAndGet();
                                answers.countDown();
                            }
                        });
                        continue;
                    }
                    default -> throw options.wrong("unknown mode " + mode);
                }
                sent.incrementAndGet();
            } catch (Exception error) {
                Lines.print("FAILED", hash, error.toString().replace('\n', ' '));
                failed.incrementAndGet();
            }
            if (options.number("pauseMs", 0) > 0) {
                Thread.sleep(options.number("pauseMs", 0));
            }
        }
        if (!answers.await(30, TimeUnit.SECONDS)) {
            failed.addAndGet((int) answers.getCount());
        }
        if (options.yes("wait")) {
            // Until SIGTERM: the test looks at this producer from outside meanwhile.
            Thread.currentThread().join();
        }
    }

    private static void report(SendResult result, String hash) {
        Lines.print("SENT", result.getMsgId(), result.getOffsetMsgId(), result.getMessageQueue().getQueueId(),
            result.getQueueOffset(), result.getSendStatus(), hash);
    }
}
