package compat;

import java.util.TreeMap;
import java.util.jar.JarFile;
import org.apache.rocketmq.common.action.RocketMQAction;
import org.apache.rocketmq.remoting.CommandCustomHeader;

/** Prints "CODE code requestClass responseClass" ("-" for none) for every request header class of Apache's that names its code, for the recorder of fixtures. */
public final class HeaderClasses {
    public static void main(String[] args) throws Exception {
        TreeMap<Integer, String> byCode = new TreeMap<>();
        String jar = CommandCustomHeader.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        try (JarFile file = new JarFile(jar)) {
            for (var entry : java.util.Collections.list(file.entries())) {
                if (!entry.getName().contains("/protocol/header/") || !entry.getName().endsWith("RequestHeader.class")
                    && !entry.getName().endsWith("RequestHeaderV2.class")) {
                    continue;
                }
                Class<?> type = Class.forName(entry.getName().replace('/', '.').replace(".class", ""));
                RocketMQAction action = type.getAnnotation(RocketMQAction.class);
                if (action != null) {
                    byCode.put(action.value(), type.getSimpleName() + "\t" + responseOf(type));
                }
            }
        }
        byCode.forEach((code, names) -> Lines.print("CODE", code, names.split("\t")[0], names.split("\t")[1]));
    }

    private static String responseOf(Class<?> request) {
        String name = request.getName().replace("RequestHeaderV2", "ResponseHeader").replace("RequestHeader", "ResponseHeader");
        try {
            return Class.forName(name).getSimpleName();
        } catch (ClassNotFoundException none) {
            return "-";
        }
    }
}
