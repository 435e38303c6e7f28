package compat;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Request and reply with Apache's client. role=respond: prints READY, replies "re: " and the body to every message, prints
 * REQUEST bodyHash and then SENT status or FAILED error, until SIGTERM. role=request: asks count times and prints
 * REPLY text topic ttl bornHost for each answer, or FAILED error; code 0 when nothing failed. Bodies are
 * compressed from 16 bytes on with compress=yes.
 */
public final class RequestReplyProgram {
    private static final String USAGE = "role= namesrv= group= topic= count= timeoutMs= compress=";

    public static void main(String[] args) throws Exception {
        Options options = new Options(args, USAGE);
        DefaultMQProducer producer = new DefaultMQProducer(options.text("group") + "_producer");
        producer.setNamesrvAddr(options.text("namesrv"));
        producer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        producer.setSendMsgTimeout(Lines.REQUEST_TIMEOUT_MS);
        producer.setCompressMsgBodyOverHowmuch(options.yes("compress") ? 16 : Integer.MAX_VALUE);
        producer.start();
        if (options.text("role").equals("respond")) {
            respond(options, producer);
        } else {
            System.exit(request(options, producer) ? 0 : 1);
        }
    }

    private static boolean request(Options options, DefaultMQProducer producer) throws Exception {
        boolean good = true;
        for (int i = 0; i < options.number("count", 1); i++) {
            Message message = new Message(options.text("topic"), ("question-" + i).getBytes(StandardCharsets.UTF_8));
            try {
                Message reply = producer.request(message, options.number("timeoutMs", 20_000));
                String bornHost = reply instanceof MessageExt ? ((MessageExt) reply).getBornHostString() : "";
                Lines.print("REPLY", new String(reply.getBody(), StandardCharsets.UTF_8), reply.getTopic(),
                    reply.getProperty(MessageConst.PROPERTY_MESSAGE_TTL), bornHost);
            } catch (Exception error) {
                Lines.print("FAILED", error.toString().replace('\n', ' '));
                good = false;
            }
        }
        producer.shutdown();
        return good;
    }

    private static void respond(Options options, DefaultMQProducer producer) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(options.text("group"));
        consumer.setNamesrvAddr(options.text("namesrv"));
        consumer.setMqClientApiTimeout(Lines.REQUEST_TIMEOUT_MS);
        consumer.setPollNameServerInterval(1000);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.subscribe(options.text("topic"), "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            for (MessageExt message : messages) {
                Lines.print("REQUEST", Lines.hash(message.getBody()));
                try {
                    byte[] body = ("re: " + new String(message.getBody(), StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
                    Lines.print("SENT", producer.send(MessageUtil.createReplyMessage(message, body)).getSendStatus());
                } catch (Exception error) {
                    Lines.print("FAILED", error.toString().replace('\n', ' '));
                }
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        Lines.print("READY");
        new CountDownLatch(1).await();
    }
}
