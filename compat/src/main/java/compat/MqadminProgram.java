package compat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Scanner;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/**
 * Apache's mqadmin for one command after another: a line of standard input has the words of a command, separated by tabs. What the
 * command prints ends with a line of the byte 4 (end of transmission). Each command runs as in a process of its own: by a new object
 * of Apache's command, and without the name server of the command before it.
 *
 * With {@code -Dcompat.separate=true} what it prints on standard error follows what it prints on standard output, behind the byte 3. A
 * first word {@code @2000} ends a command that repeats for ever after two seconds.
 */
public final class MqadminProgram extends MQAdminStartup {
    private MqadminProgram() {
    }

    public static void main(String[] arguments) {
        boolean separate = Boolean.getBoolean("compat.separate");
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        // Else in the order in which both are written.
        System.setErr(separate ? new PrintStream(errors, true, StandardCharsets.UTF_8) : System.out);
        wakeUpAtShutdown(Thread.currentThread());
        Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
        while (lines.hasNextLine()) {
            SUB_COMMANDS.clear();
            System.clearProperty(MixAll.NAMESRV_ADDR_PROPERTY);
            String[] words = lines.nextLine().split("\t", -1);
            if (words[0].startsWith("@")) {
                runFor(Long.parseLong(words[0].substring(1)), Arrays.copyOfRange(words, 1, words.length));
            } else {
                MQAdminStartup.main(words);
            }
            if (separate) {
                System.out.print("\u0003");
                System.out.flush();
                System.out.writeBytes(errors.toByteArray());
                errors.reset();
            }
            System.out.print("\u0004\n");
            System.out.flush();
        }
        System.exit(0);
    }

    /**
     * The end of a command waits for a thread of the client that may sleep for three seconds in a poll for events of connections. It is
     * woken, whenever the main thread waits for a service thread: its loop then sees that it is to end.
     */
    private static void wakeUpAtShutdown(Thread main) {
        Thread waker = new Thread(() -> {
            for (;;) {
                boolean ends = Arrays.stream(main.getStackTrace())
                    .anyMatch(frame -> frame.getClassName().endsWith("ServiceThread") && frame.getMethodName().equals("shutdown"));
                if (ends) {
                    Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("NettyEventExecutor"))
                        .forEach(Thread::interrupt);
                }
                try {
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }, "waker");
        waker.setDaemon(true);
        waker.start();
    }

    @SuppressWarnings("deprecation")
    private static void runFor(long milliseconds, String[] words) {
        Thread command = new Thread(() -> MQAdminStartup.main(words), "command");
        command.setDaemon(true);
        command.start();
        join(command, milliseconds);
        // Commands that repeat for ever take an interruption for the end of a pause.
        if (command.isAlive()) {
            command.stop();
            join(command, milliseconds);
        }
    }

    private static void join(Thread thread, long milliseconds) {
        try {
            thread.join(milliseconds);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
