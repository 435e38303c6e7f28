package compat;

import java.util.LinkedHashMap;
import java.util.Map;

/** Program arguments of the form name=value, each named once; an unknown or missing one ends the program with code 2. */
final class Options {
    private final Map<String, String> given = new LinkedHashMap<>();
    private final String usage;

    Options(String[] args, String usage) {
        this.usage = usage;
        for (String arg : args) {
            int equals = arg.indexOf('=');
            String name = equals > 0 ? arg.substring(0, equals) : arg;
            if (equals <= 0 || !(" " + usage + " ").contains(" " + name + "=")) {
                throw wrong("unknown argument " + arg);
            }
            if (given.put(name, arg.substring(equals + 1)) != null) {
                throw wrong("argument given twice: " + name);
            }
        }
    }

    String text(String name) {
        String value = given.get(name);
        if (value == null) {
            throw wrong("missing argument " + name);
        }
        return value;
    }

    String text(String name, String fallback) {
        return given.getOrDefault(name, fallback);
    }

    int number(String name, int fallback) {
        String value = given.get(name);
        return value == null ? fallback : Integer.parseInt(value);
    }

    boolean yes(String name) {
        return "yes".equals(given.get(name));
    }

    IllegalArgumentException wrong(String why) {
        System.err.println(why + "\nusage: " + usage);
        System.exit(2);
        return new IllegalArgumentException(why);
    }
}
