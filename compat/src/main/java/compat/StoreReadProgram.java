package compat;

import com.alibaba.fastjson2.JSON;
import com.alibaba.fastjson2.JSONWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.sysflag.MessageSysFlag;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.admin.OffsetWrapper;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/**
 * Reads everything that one broker has of the given topics with Apache's pull consumer and admin client, and prints it as
 * JSON lines, members sorted, each with what it is about as `is`: topic, queue, message, time, earliest, id, uniqueKey, key,
 * group, offsets. Whatever the broker counts up by itself is left out, so that two brokers on the same store print the same lines.
 */
public final class StoreReadProgram {
    private static final String USAGE = "namesrv= broker= topics= groups=";
    private static final String CLUSTER = "DefaultCluster";
    private static final long ALWAYS = 4_102_444_800_000L;

    private final DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("store_read");
    private final DefaultMQAdminExt admin = new DefaultMQAdminExt("store_read_admin");
    private final String broker;

    private StoreReadProgram(String namesrv, String broker) throws Exception {
        this.broker = broker;
        consumer.setNamesrvAddr(namesrv);
        consumer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        admin.setNamesrvAddr(namesrv);
        admin.setInstanceName("admin");
        admin.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        consumer.start();
        admin.start();
    }

    public static void main(String[] args) {
        try {
            read(new Options(args, USAGE));
            System.exit(0);
        } catch (Exception e) {
            // Threads of the clients would keep the program alive.
            e.printStackTrace();
            System.exit(1);
        }
    }

    private static void read(Options options) throws Exception {
        StoreReadProgram program = new StoreReadProgram(options.text("namesrv"), options.text("broker"));
        Map<String, TopicConfig> table =
            program.admin.getAllTopicConfig(program.broker, Lines.REQUEST_TIMEOUT_MS).getTopicConfigTable();
        for (String topic : options.text("topics").split(",")) {
            program.readTopic(topic, table.get(topic));
        }
        for (String group : options.text("groups").split(",")) {
            program.readGroup(group);
        }
        program.consumer.shutdown();
        program.admin.shutdown();
        Lines.print("DONE", 0);
    }

    private void readTopic(String topic, TopicConfig config) throws Exception {
        if (config == null) {
            line("topic", "topic", topic, "there", false);
            return;
        }
        line("topic", "topic", topic, "there", true, "read", config.getReadQueueNums(), "write", config.getWriteQueueNums(),
            "perm", config.getPerm(), "order", config.isOrder(), "sysFlag", config.getTopicSysFlag(),
            "attributes", new TreeMap<>(config.getAttributes()));
        String name = admin.examineTopicRouteInfo(topic).getQueueDatas().get(0).getBrokerName();
        List<MessageExt> messages = new ArrayList<>();
        for (int id = 0; id < config.getReadQueueNums(); id++) {
            messages.addAll(readQueue(new MessageQueue(topic, name, id)));
        }
        TreeMap<String, Boolean> asked = new TreeMap<>();
        for (MessageExt message : messages) {
            readIds(message);
            if (message.getKeys() == null) {
                continue;
            }
            for (String key : message.getKeys().split(" ")) {
                if (!key.isEmpty() && asked.put(key, true) == null) {
                    readKey(topic, key);
                }
            }
        }
    }

    @SuppressWarnings("deprecation")
    private List<MessageExt> readQueue(MessageQueue queue) throws Exception {
        long min = admin.minOffset(queue);
        long max = admin.maxOffset(queue);
        line("queue", "topic", queue.getTopic(), "queue", queue.getQueueId(), "min", min, "max", max);
        List<MessageExt> messages = new ArrayList<>();
        for (long next = min; next < max; ) {
            PullResult result = consumer.pull(queue, "*", next, 32);
            if (result.getMsgFoundList() != null) {
                messages.addAll(result.getMsgFoundList());
            }
            if (result.getNextBeginOffset() <= next) {
                throw new IllegalStateException(queue + " does not go on at " + next + ": " + result);
            }
            next = result.getNextBeginOffset();
        }
        long asked = -1;
        for (MessageExt message : messages) {
            readMessage(message);
            for (long time = message.getStoreTimestamp() - 1; time <= message.getStoreTimestamp() + 1; time++) {
                if (time > asked) {
                    asked = time;
                    line("time", "topic", queue.getTopic(), "queue", queue.getQueueId(), "time", time,
                        "offset", admin.searchOffset(queue, time));
                }
            }
        }
        if (!messages.isEmpty()) {
            line("earliest", "topic", queue.getTopic(), "queue", queue.getQueueId(),
                "time", admin.earliestMsgStoreTime(queue));
        }
        return messages;
    }

    private void readMessage(MessageExt message) {
        Map<String, String> properties = new TreeMap<>(message.getProperties());
        // The client's own additions to what is stored.
        properties.remove(MessageConst.PROPERTY_MIN_OFFSET);
        properties.remove(MessageConst.PROPERTY_MAX_OFFSET);
        line("message", "topic", message.getTopic(), "queue", message.getQueueId(), "offset", message.getQueueOffset(),
            "at", message.getCommitLogOffset(), "bytes", message.getStoreSize(), "crc", message.getBodyCRC(),
            "flag", message.getFlag(), "sysFlag", message.getSysFlag(), "born", message.getBornTimestamp(),
            "bornHost", String.valueOf(message.getBornHost()), "stored", message.getStoreTimestamp(),
            "storeHost", String.valueOf(message.getStoreHost()), "times", message.getReconsumeTimes(),
            "prepared", message.getPreparedTransactionOffset(), "id", message.getMsgId(),
            "body", Lines.hash(message.getBody()), "properties", properties);
    }

    private void readIds(MessageExt message) throws Exception {
        if ((message.getSysFlag() & MessageSysFlag.INNER_BATCH_FLAG) != 0) {
            // Members of a batch that is stored as one record have no place of their own.
            return;
        }
        String topic = message.getTopic();
        MessageExt byPlace = admin.viewMessage(topic, ((MessageClientExt) message).getOffsetMsgId());
        line("id", "topic", topic, "of", message.getCommitLogOffset(), "found", byPlace.getCommitLogOffset());
        String key = message.getProperty(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX);
        if (key != null) {
            List<Long> found = new ArrayList<>();
            QueryResult result = admin.queryMessageByUniqKey(CLUSTER, topic, key, 32, 0, ALWAYS);
            result.getMessageList().forEach(each -> found.add(each.getCommitLogOffset()));
            Collections.sort(found);
            line("uniqueKey", "topic", topic, "of", message.getCommitLogOffset(), "found", found);
        }
    }

    private void readKey(String topic, String key) throws Exception {
        List<Long> found = new ArrayList<>();
        try {
            QueryResult result = admin.queryMessage(topic, key, 64, 0, ALWAYS);
            result.getMessageList().forEach(message -> found.add(message.getCommitLogOffset()));
        } catch (MQClientException e) {
            // Nothing found: what the line then tells.
            if (e.getResponseCode() != ResponseCode.NO_MESSAGE) {
                throw e;
            }
        }
        Collections.sort(found);
        line("key", "topic", topic, "key", key, "found", found);
    }

    private void readGroup(String group) throws Exception {
        var config = admin.examineSubscriptionGroupConfig(broker, group);
        line("group", "group", group, "times", config.getRetryMaxTimes(), "queues", config.getRetryQueueNums());
        Map<String, Long> offsets = new TreeMap<>();
        for (Map.Entry<MessageQueue, OffsetWrapper> each : admin.examineConsumeStats(group).getOffsetTable().entrySet()) {
            MessageQueue queue = each.getKey();
            if (!queue.getTopic().startsWith(MixAll.RETRY_GROUP_TOPIC_PREFIX) || each.getValue().getConsumerOffset() >= 0) {
                offsets.put(queue.getTopic() + " " + queue.getQueueId(), each.getValue().getConsumerOffset());
            }
        }
        line("offsets", "group", group, "offsets", offsets);
    }

    /** One line; names and values in turn. */
    private static void line(String is, Object... members) {
        TreeMap<String, Object> object = new TreeMap<>();
        object.put("is", is);
        for (int i = 0; i < members.length; i += 2) {
            object.put((String) members[i], members[i + 1]);
        }
        System.out.println(JSON.toJSONString(object, JSONWriter.Feature.WriteMapNullValue));
    }
}
