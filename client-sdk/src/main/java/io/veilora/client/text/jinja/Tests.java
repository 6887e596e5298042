package io.veilora.client.text.jinja;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code value is name}. */
final class Tests {
    private static final Set<String> NAMES = Set.of(
            "defined",
            "undefined",
            "none",
            "string",
            "mapping",
            "iterable",
            "sequence",
            "number",
            "boolean",
            "true",
            "false",
            "equalto",
            "eq",
            "==",
            "ne",
            "!=",
            "in");
    private static final Set<String> WITH_ARGUMENT = Set.of("equalto", "eq", "==", "ne", "!=", "in");

    private Tests() {}

    static boolean has(String name) {
        return NAMES.contains(name);
    }

    static boolean takesArgument(String name) {
        return WITH_ARGUMENT.contains(name);
    }

    static boolean holds(String name, Object value, List<Object> arguments) {
        if (!has(name)) {
            throw TemplateFault.unsupported("the test " + name);
        }
        if (arguments.size() != (takesArgument(name) ? 1 : 0)) {
            throw TemplateFault.unsupported("the test " + name + " with " + arguments.size() + " arguments");
        }
        boolean collection = value instanceof Collection<?> || value instanceof Map<?, ?> || value instanceof String;
        return switch (name) {
            case "defined" -> value != null;
            case "undefined" -> value == null;
            case "none" -> value == Values.NONE;
            case "string" -> value instanceof String;
            case "mapping" -> value instanceof Map<?, ?>;
            case "iterable", "sequence" -> collection || value == null;
            case "number" -> value instanceof Number || value instanceof Boolean;
            case "boolean" -> value instanceof Boolean;
            case "true" -> Boolean.TRUE.equals(value);
            case "false" -> Boolean.FALSE.equals(value);
            case "in" -> Values.contains(arguments.getFirst(), value);
            case "ne", "!=" -> !Values.equal(value, arguments.getFirst());
            default -> Values.equal(value, arguments.getFirst());
        };
    }
}
