package compat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.rocketmq.common.message.MessageExt;

/** The lines that the tests read: words apart by one blank, "-" for nothing, blanks inside a word written as "_". */
final class Lines {
    /** For every request of these programs: the default of 3 s is too short where a virtual machine starts on a busy one. */
    static final int REQUEST_TIMEOUT_MS = 20_000;

    private Lines() {
    }

    static synchronized void print(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            String text = word == null || word.toString().isEmpty() ? "-" : word.toString().replace(' ', '_');
            line.append(line.length() == 0 ? "" : " ").append(text);
        }
        System.out.println(line);
        System.out.flush();
    }

    /** RECV msgId queueId queueOffset reconsumeTimes topic tags keys bodyHash */
    static void received(MessageExt message) {
        print("RECV", message.getMsgId(), message.getQueueId(), message.getQueueOffset(), message.getReconsumeTimes(),
            message.getTopic(), message.getTags(), message.getKeys(), hash(message.getBody()));
    }

    /** First 16 hex digits of SHA-256. */
    static String hash(byte[] body) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Body number i: "<prefix>-<i>-" and then the same text again up to the size; the tests build the same bytes. */
    static byte[] body(String prefix, int index, int size) {
        byte[] seed = (prefix + "-" + index + "-").getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[Math.max(size, 1)];
        for (int i = 0; i < body.length; i++) {
            body[i] = seed[i % seed.length];
        }
        return body;
    }
}
