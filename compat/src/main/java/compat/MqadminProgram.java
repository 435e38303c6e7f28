package compat;

import java.nio.charset.StandardCharsets;
import java.util.Scanner;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/**
 * Apache's mqadmin for one command after another: a line of standard input has the words of a command, separated by tabs. What the
 * command prints ends with a line of the byte 4 (end of transmission). Each command runs as in a process of its own: by a new object
 * of Apache's command, and without the name server of the command before it.
 */
public final class MqadminProgram extends MQAdminStartup {
    private MqadminProgram() {
    }

    public static void main(String[] arguments) {
        // In the order in which both are written.
        System.setErr(System.out);
        Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
        while (lines.hasNextLine()) {
            SUB_COMMANDS.clear();
            System.clearProperty(MixAll.NAMESRV_ADDR_PROPERTY);
            MQAdminStartup.main(lines.nextLine().split("\t", -1));
            System.out.print("\u0004\n");
            System.out.flush();
        }
        System.exit(0);
    }
}
