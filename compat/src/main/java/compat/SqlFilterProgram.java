package compat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.apache.rocketmq.broker.filter.MessageEvaluationContext;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.filter.expression.Expression;
import org.apache.rocketmq.filter.parser.SelectorParser;
import org.apache.rocketmq.filter.util.BloomFilter;

/**
 * Reads cases from standard input and answers each with a line. `E base64` compiles an expression: `ok` or `refused`. `P base64`
 * evaluates the last one for the bytes of a property text: TRUE, FALSE, UNKNOWN, or FAILED where the evaluation throws.
 * `B f n base64` prints bits and positions of a text in a bloom filter.
 */
public final class SqlFilterProgram {
    private SqlFilterProgram() {
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        PrintStream output = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        Expression expression = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ", -1);
            byte[] bytes = Base64.getDecoder().decode(words[words.length - 1]);
            String text = new String(bytes, StandardCharsets.UTF_8);
            switch (words[0]) {
                case "E" -> {
                    expression = compile(text);
                    output.println(expression == null ? "refused" : "ok");
                }
                case "P" -> output.println(evaluate(expression, text));
                default -> {
                    BloomFilter filter = BloomFilter.createByFn(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                    output.println(filter.generate(text));
                }
            }
        }
        output.flush();
    }

    private static Expression compile(String text) {
        try {
            return SelectorParser.parse(text);
        } catch (Throwable refused) {
            return null;
        }
    }

    private static String evaluate(Expression expression, String properties) {
        try {
            Map<String, String> map = MessageDecoder.string2messageProperties(properties);
            Object result = expression.evaluate(new MessageEvaluationContext(map));
            return result == null ? "UNKNOWN" : result.toString().toUpperCase();
        } catch (Throwable failed) {
            return "FAILED";
        }
    }
}
