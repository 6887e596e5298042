package io.veilora.client.text.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** {@code value | name(arguments)}. */
final class Filters {
    private static final Set<String> NAMES = Set.of(
            "trim",
            "length",
            "count",
            "tojson",
            "string",
            "default",
            "d",
            "first",
            "last",
            "join",
            "lower",
            "upper",
            "capitalize",
            "list",
            "reverse",
            "items",
            "map",
            "selectattr",
            "rejectattr",
            "replace",
            "safe");

    private Filters() {}

    static boolean has(String name) {
        return NAMES.contains(name);
    }

    static Object apply(String name, Object value, Arguments arguments) {
        return switch (name) {
            case "default", "d" -> orDefault(value, arguments);
            case "length", "count" -> length(value);
            case "list" -> Values.items(value, name);
            case "first" -> Items.item(Values.items(value, name), 0L);
            case "last" -> Items.item(Values.items(value, name), -1L);
            case "reverse" -> reverse(value);
            case "items" -> Methods.pairs((Map<?, ?>) requireDict(value));
            case "map" -> map(value, arguments);
            case "selectattr" -> attributes(value, arguments, true);
            case "rejectattr" -> attributes(value, arguments, false);
            case "join" ->
                Methods.join(arguments.positional().isEmpty() ? "" : Values.string(arguments.only(name), name), value);
            case "tojson" -> {
                arguments.requireNone(name);
                yield Json.write(value);
            }
            case "string" -> Values.text(value);
            default -> ofText(name, Values.string(value, name), arguments);
        };
    }

    private static Object ofText(String name, String text, Arguments arguments) {
        return switch (name) {
            case "trim" ->
                Methods.strip(
                        text,
                        arguments.positional().isEmpty() ? null : Values.string(arguments.only(name), name),
                        true,
                        true);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "capitalize" -> Methods.capitalize(text);
            case "replace" -> Methods.replace(text, arguments.positional());
            case "safe" -> text;
            default -> throw TemplateFault.unsupported("the filter " + name);
        };
    }

    private static Object orDefault(Object value, Arguments arguments) {
        List<Object> given = arguments.positional();
        boolean falseToo = given.size() > 1
                ? Values.truth(given.get(1))
                : Values.truth(arguments.named().get("boolean"));
        boolean keep = falseToo ? Values.truth(value) : value != null;
        return keep ? value : given.isEmpty() ? "" : given.getFirst();
    }

    private static long length(Object value) {
        return switch (value) {
            case null -> 0;
            case String text -> text.codePointCount(0, text.length());
            default -> Values.items(value, "length").size();
        };
    }

    private static Object reverse(Object value) {
        if (value instanceof String text) {
            return new StringBuilder(text).reverse().toString();
        }
        List<Object> reversed = Values.items(value, "reverse");
        Collections.reverse(reversed);
        return reversed;
    }

    private static Object requireDict(Object value) {
        if (value instanceof Map<?, ?>) {
            return value;
        }
        throw new TemplateFault("the items of a %s", Values.kind(value));
    }

    private static List<Object> map(Object value, Arguments arguments) {
        if (!arguments.positional().isEmpty() || !arguments.named().keySet().equals(Set.of("attribute"))) {
            throw TemplateFault.unsupported("the filter map without attribute=");
        }
        String name = Values.string(arguments.named().get("attribute"), "map");
        List<Object> mapped = new ArrayList<>();
        Values.items(value, "map").forEach(item -> mapped.add(Items.attribute(item, name)));
        return mapped;
    }

    private static List<Object> attributes(Object value, Arguments arguments, boolean wanted) {
        List<Object> given = arguments.positional();
        if (given.isEmpty()) {
            throw TemplateFault.unsupported("the filter selectattr without an attribute");
        }
        String name = Values.string(given.getFirst(), "selectattr");
        List<Object> kept = new ArrayList<>();
        for (Object item : Values.items(value, "selectattr")) {
            Object attribute = Items.attribute(item, name);
            boolean holds = given.size() == 1
                    ? Values.truth(attribute)
                    : Tests.holds(Values.string(given.get(1), "selectattr"), attribute, given.subList(2, given.size()));
            if (holds == wanted) {
                kept.add(item);
            }
        }
        return kept;
    }
}
