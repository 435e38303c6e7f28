package compat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.CommandCustomHeader;
import org.apache.rocketmq.remoting.RPCHook;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.admin.ConsumeStats;
import org.apache.rocketmq.remoting.protocol.header.NotificationRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.PeekMessageRequestHeader;
import org.apache.rocketmq.remoting.protocol.header.PollingInfoRequestHeader;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/**
 * Where consumers of Apache's client start, how they seek, and how operators move them; prints what is the same for
 * every broker that keeps Apache's rules. Code 0 when nothing failed. Topics T_… have two queues of five messages each.
 */
public final class ConsumerRulesProgram {
    private static final String USAGE = "namesrv= broker=";
    private static final int WAIT_MS = 25_000;
    private static String namesrv;
    private static String broker;
    private static DefaultMQAdminExt admin;
    private static DefaultMQProducer producer;

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, USAGE);
        namesrv = options.text("namesrv");
        broker = options.text("broker");
        admin = new DefaultMQAdminExt(20_000L);
        admin.setNamesrvAddr(namesrv);
        admin.start();
        producer = new DefaultMQProducer("rules_producer");
        producer.setNamesrvAddr(namesrv);
        producer.setSendMsgTimeout(Lines.REQUEST_TIMEOUT_MS);
        producer.start();
        try {
            starts();
            litePull();
            pull();
            looks();
            resets();
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
        producer.shutdown();
        admin.shutdown();
        Lines.print("DONE");
        System.exit(0);
    }

    private static List<MessageQueue> topic(String name) throws Exception {
        admin.createAndUpdateTopicConfig(broker, new TopicConfig(name, 2, 2, 6));
        until("the route of " + name, () -> {
            try {
                return producer.fetchPublishMessageQueues(name).size() == 2;
            } catch (Exception e) {
                return false;
            }
        });
        List<MessageQueue> queues = new ArrayList<>(producer.fetchPublishMessageQueues(name));
        queues.sort((a, b) -> a.getQueueId() - b.getQueueId());
        send(queues, 5);
        return queues;
    }

    private static void group(String name) throws Exception {
        SubscriptionGroupConfig group = new SubscriptionGroupConfig();
        group.setGroupName(name);
        admin.createAndUpdateSubscriptionGroupConfig(broker, group);
    }

    private static void send(List<MessageQueue> queues, int each) throws Exception {
        for (MessageQueue queue : queues) {
            for (int i = 0; i < each; i++) {
                producer.send(new Message(queue.getTopic(), ("body " + i).getBytes(StandardCharsets.UTF_8)), queue);
            }
        }
    }

    private static void until(String what, BooleanSupplier reached) throws Exception {
        long deadline = System.currentTimeMillis() + WAIT_MS;
        while (!reached.getAsBoolean()) {
            if (System.currentTimeMillis() > deadline) {
                Lines.print("NEVER", what);
                return;
            }
            Thread.sleep(50);
        }
    }

    /** A push consumer and how often it got each message. */
    private static final class Receiver {
        final DefaultMQPushConsumer consumer;
        final Map<String, Integer> times = new ConcurrentHashMap<>();

        Receiver(String group, String topic, ConsumeFromWhere from, RPCHook hook) throws Exception {
            consumer = new DefaultMQPushConsumer(group, hook);
            consumer.setNamesrvAddr(namesrv);
            consumer.setInstanceName(group + times.hashCode() + System.nanoTime());
            consumer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
            consumer.setPersistConsumerOffsetInterval(300);
            consumer.setConsumeFromWhere(from);
            consumer.subscribe(topic, "*");
            consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
                for (MessageExt message : messages) {
                    times.merge(message.getQueueId() + ":" + message.getQueueOffset(), 1, Integer::sum);
                }
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
            consumer.start();
        }

        int total() {
            return times.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    private static RPCHook before(int code, java.util.function.Consumer<RemotingCommand> change) {
        return new RPCHook() {
            @Override
            public void doBeforeRequest(String address, RemotingCommand request) {
                if (request.getCode() == code) {
                    change.accept(request);
                }
            }

            @Override
            public void doAfterResponse(String address, RemotingCommand request, RemotingCommand response) {
            }
        };
    }

    /** Where new groups begin, and that none begins whose offset is not known. Source: OffsetNotFoundIT. */
    private static void starts() throws Exception {
        List<MessageQueue> queues = topic("T_Starts");
        RPCHook fails = before(RequestCode.QUERY_CONSUMER_OFFSET, request -> {
            throw new RuntimeException("no answer");
        });
        Receiver without = new Receiver("G_unknown", "T_Starts", ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET, fails);
        Thread.sleep(2500);
        Lines.print("START", "offset unknown", without.total());
        without.consumer.shutdown();
        Receiver resumed = new Receiver("G_unknown", "T_Starts", ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET, null);
        until("resumed", () -> resumed.total() >= 10);
        Lines.print("START", "resumed", resumed.total());
        resumed.consumer.shutdown();
        RPCHook noZero = before(RequestCode.QUERY_CONSUMER_OFFSET, request -> {
            request.makeCustomHeaderToNet();
            request.addExtField("setZeroIfNotFound", "false");
        });
        for (ConsumeFromWhere from : new ConsumeFromWhere[] {
            ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET, ConsumeFromWhere.CONSUME_FROM_TIMESTAMP,
            ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET}) {
            Receiver receiver = new Receiver("G_" + from, "T_Starts", from, noZero);
            int wanted = from == ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET ? 0 : 10;
            until("start from " + from, () -> receiver.total() >= wanted);
            Thread.sleep(wanted == 0 ? 1500 : 200);
            Lines.print("START", from, receiver.total());
            receiver.consumer.shutdown();
        }
        // An offset that the queue has not: the consumer is sent to its end, or to its start.
        group("G_ahead");
        admin.updateConsumeOffset(broker, "G_ahead", queues.get(0), 3);
        admin.updateConsumeOffset(broker, "G_ahead", queues.get(1), 5);
        Receiver ahead = new Receiver("G_ahead", "T_Starts", ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET, null);
        until("from the stored offset", () -> ahead.total() >= 2);
        Lines.print("START", "stored", new TreeMap<>(ahead.times));
        ahead.consumer.shutdown();
    }

    private static int poll(DefaultLitePullConsumer consumer, int count) {
        long deadline = System.currentTimeMillis() + WAIT_MS;
        int received = 0;
        while (received < count && System.currentTimeMillis() < deadline) {
            received += consumer.poll(300).size();
        }
        return received;
    }

    private static void litePull() throws Exception {
        List<MessageQueue> queues = topic("T_Lite");
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer("G_lite");
        consumer.setNamesrvAddr(namesrv);
        consumer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        consumer.setAutoCommit(false);
        consumer.start();
        Collection<MessageQueue> assigned = consumer.fetchMessageQueues("T_Lite");
        consumer.assign(assigned);
        MessageQueue queue = queues.get(0);
        consumer.seek(queue, 2);
        consumer.seekToEnd(queues.get(1));
        Lines.print("LITE", "from 2 and from the end", poll(consumer, 3));
        consumer.commit();
        until("the commit", () -> {
            try {
                return consumer.committed(queue) == 5L;
            } catch (Exception e) {
                return false;
            }
        });
        Lines.print("LITE", "committed", consumer.committed(queue));
        consumer.seekToBegin(queue);
        Lines.print("LITE", "again from the start", poll(consumer, 5));
        Lines.print("LITE", "offset at a time", consumer.offsetForTimestamp(queue, 0L),
            consumer.offsetForTimestamp(queue, System.currentTimeMillis() + 60_000));
        consumer.commit(Map.of(queue, 1L), true);
        until("the commit of 1", () -> committed("G_lite", "T_Lite", 0) == 1);
        Lines.print("LITE", "committed back", committed("G_lite", "T_Lite", 0));
        consumer.shutdown();
    }

    @SuppressWarnings("deprecation")
    private static void pull() throws Exception {
        List<MessageQueue> queues = topic("T_Pull");
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("G_pull");
        consumer.setNamesrvAddr(namesrv);
        consumer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        consumer.start();
        MessageQueue queue = queues.get(0);
        for (long offset : new long[] {0, 4, 5, 6, 99}) {
            print("offset " + offset, consumer.pull(queue, "*", offset, 32));
        }
        print("other tag", consumer.pull(queue, "Z", 0, 32));
        Lines.print("PULL", "fetched offset", consumer.fetchConsumeOffset(queue, true));
        consumer.updateConsumeOffset(queue, 4);
        consumer.getOffsetStore().persist(queue);
        until("the offset of 4", () -> committed("G_pull", "T_Pull", 0) == 4);
        Lines.print("PULL", "fetched offset", consumer.fetchConsumeOffset(queue, true));
        new Thread(() -> {
            try {
                Thread.sleep(1000);
                send(queues.subList(0, 1), 1);
            } catch (Exception e) {
                Lines.print("FAILED", e);
            }
        }).start();
        print("held", consumer.pullBlockIfNotFound(queue, "*", 5, 32));
        consumer.shutdown();
    }

    private static void print(String what, PullResult result) {
        int found = result.getMsgFoundList() == null ? 0 : result.getMsgFoundList().size();
        Lines.print("PULL", what, result.getPullStatus(), result.getNextBeginOffset(), found);
    }

    private static RemotingCommand ask(int code, CommandCustomHeader header) throws Exception {
        return admin.getDefaultMQAdminExtImpl().getMqClientInstance().getMQClientAPIImpl().getRemotingClient()
            .invokeSync(broker, RemotingCommand.createRequestCommand(code, header), 20_000);
    }

    /** Looks without consuming, which no class of the client offers. */
    private static void looks() throws Exception {
        List<MessageQueue> queues = topic("T_Look");
        group("G_look");
        group("G_done");
        admin.updateConsumeOffset(broker, "G_look", queues.get(0), 3);
        for (int queueId : new int[] {0, 1, -1, 2}) {
            PeekMessageRequestHeader header = new PeekMessageRequestHeader();
            header.setConsumerGroup("G_look");
            header.setTopic("T_Look");
            header.setQueueId(queueId);
            header.setMaxMsgNums(4);
            RemotingCommand answer = ask(RequestCode.PEEK_MESSAGE, header);
            int count = answer.getBody() == null ? 0
                : MessageDecoder.decodes(java.nio.ByteBuffer.wrap(answer.getBody())).size();
            Map<String, String> fields = new TreeMap<>(answer.getExtFields() == null ? Map.of() : answer.getExtFields());
            fields.keySet().retainAll(List.of("restNum", "popTime", "invisibleTime"));
            String remark = answer.getCode() == 29 ? "refused" : answer.getRemark();
            Lines.print("PEEK", queueId, answer.getCode(), remark, count, answer.getCode() == 29 ? "-" : fields);
        }
        for (String group : new String[] {"G_look", "G_done"}) {
            if (group.equals("G_done")) {
                for (MessageQueue queue : queues) {
                    admin.updateConsumeOffset(broker, group, queue, 5);
                }
            }
            NotificationRequestHeader header = new NotificationRequestHeader();
            header.setConsumerGroup(group);
            header.setTopic("T_Look");
            header.setQueueId(-1);
            header.setPollTime(500);
            header.setBornTime(System.currentTimeMillis());
            RemotingCommand answer = ask(RequestCode.NOTIFICATION, header);
            Lines.print("NOTIFICATION", group, answer.getCode(), new TreeMap<>(answer.getExtFields()));
        }
        PollingInfoRequestHeader header = new PollingInfoRequestHeader();
        header.setConsumerGroup("G_look");
        header.setTopic("T_Look");
        header.setQueueId(0);
        RemotingCommand answer = ask(RequestCode.POLLING_INFO, header);
        Lines.print("POLLING", answer.getCode(), answer.getExtFields());
    }

    private static long committed(String group, String topic, int queueId) {
        try {
            ConsumeStats stats = admin.examineConsumeStats(group, topic);
            return stats.getOffsetTable().entrySet().stream().filter(entry -> entry.getKey().getQueueId() == queueId)
                .mapToLong(entry -> entry.getValue().getConsumerOffset()).findFirst().orElse(-1);
        } catch (Exception e) {
            return -1;
        }
    }

    private static Object byQueue(Map<MessageQueue, Long> table) {
        Map<Integer, Long> sorted = new TreeMap<>();
        table.forEach((queue, offset) -> sorted.put(queue.getQueueId(), offset));
        return sorted;
    }

    /** What mqadmin resetOffsetByTime, skipAccumulatedMessage, cloneGroupOffset, consumerStatus and consumerProgress ask. */
    private static void resets() throws Exception {
        List<MessageQueue> queues = topic("T_Reset");
        Receiver receiver = new Receiver("G_reset", "T_Reset", ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET, null);
        until("all consumed", () -> committed("G_reset", "T_Reset", 0) + committed("G_reset", "T_Reset", 1) == 10);
        Map<String, Map<MessageQueue, Long>> status = admin.getConsumeStatus("T_Reset", "G_reset", null);
        for (Map<MessageQueue, Long> table : status.values()) {
            Lines.print("RESET", "status", byQueue(table));
        }
        admin.resetOffsetByQueueId(broker, "G_reset", "T_Reset", 1, 3);
        until("one queue again", () -> receiver.total() >= 12);
        Lines.print("RESET", "one queue", receiver.total());
        Lines.print("RESET", "all", byQueue(admin.resetOffsetByTimestamp("T_Reset", "G_reset", 0, true)));
        until("all again", () -> receiver.total() >= 22);
        Lines.print("RESET", "received", receiver.total());
        until("committed again", () -> committed("G_reset", "T_Reset", 0) + committed("G_reset", "T_Reset", 1) == 10);
        admin.cloneGroupOffset("G_reset", "G_clone", "T_Reset", false);
        Lines.print("RESET", "clone", committed("G_clone", "T_Reset", 0), committed("G_clone", "T_Reset", 1));
        receiver.consumer.shutdown();
        Lines.print("RESET", "offline", byQueue(admin.resetOffsetByTimestamp("T_Reset", "G_reset", 0, false)),
            committed("G_reset", "T_Reset", 0));
        Lines.print("RESET", "skip", byQueue(admin.resetOffsetByTimestamp("T_Reset", "G_reset", -1, true)),
            committed("G_reset", "T_Reset", 0));
        for (String[] wrong : new String[][] {{"T_None", "G_reset"}, {"T_Reset", "G_none"}}) {
            try {
                admin.resetOffsetByTimestamp(wrong[0], wrong[1], 0, true);
                Lines.print("RESET", "wrong", wrong[0], wrong[1], "accepted");
            } catch (org.apache.rocketmq.client.exception.MQClientException e) {
                Lines.print("RESET", "wrong", wrong[0], wrong[1], e.getResponseCode());
            } catch (org.apache.rocketmq.client.exception.MQBrokerException e) {
                Lines.print("RESET", "wrong", wrong[0], wrong[1], e.getResponseCode());
            }
        }
        resetsByClients(queues);
    }

    /** The same over the clients, as brokers before 5.x did. */
    private static void resetsByClients(List<MessageQueue> queues) throws Exception {
        Properties clients = new Properties();
        clients.setProperty("useServerSideResetOffset", "false");
        admin.updateBrokerConfig(broker, clients);
        Receiver receiver = new Receiver("G_clients", "T_Reset", ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET, null);
        until("consumed", () -> committed("G_clients", "T_Reset", 0) + committed("G_clients", "T_Reset", 1) == 10);
        Lines.print("CLIENTS", byQueue(admin.resetOffsetByTimestamp("T_Reset", "G_clients", 0, true)));
        until("consumed again", () -> receiver.total() >= 20);
        Lines.print("CLIENTS", "received", receiver.total());
        receiver.consumer.shutdown();
        clients.setProperty("useServerSideResetOffset", "true");
        admin.updateBrokerConfig(broker, clients);
    }
}
