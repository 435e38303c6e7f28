package compat;

import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.ClientConfig;

/** Prints PROPERTY class name default for each property with a setter of Apache's client classes; sets are sorted, blanks are _. */
public final class BeanPropertiesProgram {
    public static void main(String[] args) throws Exception {
        print(new ClientConfig());
        print(new DefaultMQProducer("group"));
        print(new TransactionMQProducer("group"));
        print(new DefaultMQPushConsumer("group"));
        print(new DefaultLitePullConsumer("group"));
        System.exit(0);
    }

    private static void print(Object bean) throws Exception {
        TreeMap<String, String> lines = new TreeMap<>();
        for (PropertyDescriptor property : Introspector.getBeanInfo(bean.getClass()).getPropertyDescriptors()) {
            if (property.getWriteMethod() == null) {
                continue;
            }
            Object value = property.getReadMethod() == null ? "-" : value(bean, property);
            lines.put(property.getName(), text(value));
        }
        lines.forEach((name, value) -> Lines.print("PROPERTY", bean.getClass().getSimpleName(), name, value));
    }

    private static Object value(Object bean, PropertyDescriptor property) {
        try {
            return property.getReadMethod().invoke(bean);
        } catch (ReflectiveOperationException e) {
            return "-";
        }
    }

    private static String text(Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof Number || value instanceof Boolean || value instanceof Enum || value instanceof String) {
            return value.toString().isEmpty() ? "''" : value.toString().replace(' ', '_');
        }
        if (value instanceof long[] numbers) {
            return java.util.Arrays.toString(numbers).replace(" ", "");
        }
        if (value instanceof List<?> list) {
            return list.toString().replace(" ", "");
        }
        if (value instanceof java.util.Set<?> set) {
            return new TreeSet<>(set).toString().replace(" ", "");
        }
        if (value instanceof java.util.Map<?, ?> map && map.isEmpty()) {
            return "{}";
        }
        return value.getClass().getSimpleName();
    }
}
