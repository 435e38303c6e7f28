package compat;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

/**
 * Apache's client under a load that it makes itself, for the benchmark; bench/src/clients/our-client.ts is the same with ours.
 * mode=send keeps inFlight sends under way; mode=receive takes count messages that are there already; mode=slow has a listener
 * that sleeps for 100 ms. Prints one JSON object: messages, seconds and CPU of the measured part, memory at its end.
 */
public final class ClientBenchProgram {
    private static final String USAGE =
        "mode= namesrv= topic= group= warmUpSeconds= seconds= inFlight= bodyBytes= count= warmUpCount=";
    private static final int SLOW_MS = 100;

    private final Options options;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    private ClientBenchProgram(Options options) {
        this.options = options;
    }

    public static void main(String[] args) throws Exception {
        ClientBenchProgram program = new ClientBenchProgram(new Options(args, USAGE));
        switch (program.options.text("mode")) {
            case "send" -> program.send();
            case "receive" -> program.receive();
            case "slow" -> program.slow();
            default -> throw program.options.wrong("mode is send, receive or slow");
        }
        System.exit(0);
    }

    private void send() throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(options.text("group"));
        producer.setNamesrvAddr(options.text("namesrv"));
        producer.start();
        String topic = options.text("topic");
        byte[] body = new byte[options.number("bodyBytes", 1024)];
        Semaphore room = new Semaphore(options.number("inFlight", 512));
        SendCallback callback = new SendCallback() {
            @Override
            public void onSuccess(SendResult result) {
                done.incrementAndGet();
                room.release();
            }

            @Override
            public void onException(Throwable error) {
                failed.incrementAndGet();
                room.release();
            }
        };
        long measureAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.number("warmUpSeconds", 2));
        while (System.nanoTime() < measureAt) {
            room.acquire();
            producer.send(new Message(topic, body), callback);
        }
        Measured measured = new Measured();
        long endAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(options.number("seconds", 4));
        while (System.nanoTime() < endAt) {
            room.acquire();
            producer.send(new Message(topic, body), callback);
        }
        measured.print();
        producer.shutdown();
    }

    private void receive() throws Exception {
        long warmUpCount = options.number("warmUpCount", 0);
        long count = options.number("count", 0);
        CountDownLatch warm = new CountDownLatch(1);
        CountDownLatch all = new CountDownLatch(1);
        DefaultMQPushConsumer consumer = consumer();
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            long now = done.addAndGet(messages.size());
            if (now >= warmUpCount) {
                warm.countDown();
            }
            if (now >= count) {
                all.countDown();
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        await(warm);
        Measured measured = new Measured();
        await(all);
        measured.print();
        consumer.shutdown();
    }

    private void slow() throws Exception {
        DefaultMQPushConsumer consumer = consumer();
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            try {
                Thread.sleep(SLOW_MS);
            } catch (InterruptedException e) {
                return ConsumeConcurrentlyStatus.RECONSUME_LATER;
            }
            done.addAndGet(messages.size());
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        Measured measured = new Measured();
        TimeUnit.SECONDS.sleep(options.number("seconds", 4));
        measured.print();
        consumer.shutdown();
    }

    private DefaultMQPushConsumer consumer() throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(options.text("group"));
        consumer.setNamesrvAddr(options.text("namesrv"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(options.text("topic"), "*");
        return consumer;
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        if (!latch.await(2, TimeUnit.MINUTES)) {
            System.err.println("nothing more was received within two minutes");
            System.exit(1);
        }
    }

    /** What passes from its making on. */
    private final class Measured {
        private final OperatingSystemMXBean system =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        private final long beganNanos = System.nanoTime();
        private final long beganCpuNanos = system.getProcessCpuTime();
        private final long beganCount = done.get();

        void print() throws Exception {
            double seconds = (System.nanoTime() - beganNanos) / 1e9;
            long cpuMicros = (system.getProcessCpuTime() - beganCpuNanos) / 1000;
            long count = done.get() - beganCount;
            System.out.printf(java.util.Locale.ROOT,
                "{\"count\":%d,\"failed\":%d,\"seconds\":%.3f,\"cpuMicros\":%d,\"rssKb\":%d,\"peakKb\":%d}%n",
                count, failed.get(), seconds, cpuMicros, statusOf("VmRSS"), statusOf("VmHWM"));
            System.out.flush();
        }

        private static long statusOf(String name) throws Exception {
            List<String> lines = Files.readAllLines(Path.of("/proc/self/status"));
            for (String line : lines) {
                if (line.startsWith(name + ":")) {
                    return Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
            return 0;
        }
    }
}
