package io.veilora.client.text.jinja;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.objects.Namespace;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The functions that Transformers gives to a chat template. */
final class Functions {
    /** strftime's directives that are the same everywhere, by pattern letters of {@link DateTimeFormatter}. */
    private static final Map<Character, String> DIRECTIVES = Map.ofEntries(
            Map.entry('d', "dd"),
            Map.entry('m', "MM"),
            Map.entry('Y', "yyyy"),
            Map.entry('y', "yy"),
            Map.entry('b', "MMM"),
            Map.entry('B', "MMMM"),
            Map.entry('A', "EEEE"),
            Map.entry('a', "EEE"),
            Map.entry('H', "HH"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"));

    static final Set<String> NAMES = Set.of("raise_exception", "namespace", "dict", "range");

    private Functions() {}

    static Term call(String name, CallArguments arguments) {
        return switch (name) {
            case "raise_exception" -> raise(arguments);
            case "namespace" ->
                () -> new Namespace(new HashMap<>(arguments.values().named()));
            case "dict" -> () -> new HashMap<>(arguments.values().named());
            case "strftime_now" -> () -> now(Values.string(arguments.values().only(name), name));
            case "range" -> () -> range(arguments.values().positional());
            default -> throw TemplateFault.unsupported("the function " + name);
        };
    }

    /** The message is quoted where it stands in the template; a computed one might quote a chat. */
    private static Term raise(CallArguments arguments) {
        boolean written =
                arguments.positional().size() == 1 && arguments.positional().getFirst() instanceof Constant(String _);
        String reason =
                written ? ": " + arguments.positional().getFirst().value() : " with a message of its own making";
        return () -> {
            throw new TemplateFault("the template refuses these messages%s", reason);
        };
    }

    private static String now(String format) {
        if (!(JinjavaInterpreter.getCurrent().getContext().get("strftime_now") instanceof LocalDateTime now)) {
            throw new TemplateFault("strftime_now without a time");
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            if (format.charAt(i) != '%') {
                out.append(format.charAt(i));
                continue;
            }
            i++;
            String pattern = i < format.length() ? DIRECTIVES.get(format.charAt(i)) : null;
            if (pattern == null) {
                throw TemplateFault.unsupported("strftime_now('" + format + "')");
            }
            out.append(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now));
        }
        return out.toString();
    }

    private static List<Object> range(List<Object> bounds) {
        if (bounds.isEmpty() || bounds.size() > 2) {
            throw TemplateFault.unsupported("range with " + bounds.size() + " arguments");
        }
        long from = bounds.size() == 1 ? 0 : Values.integer(bounds.getFirst(), "range");
        long to = Values.integer(bounds.getLast(), "range");
        if (to - from > 100_000) {
            throw TemplateFault.unsupported("a range of more than 100000 numbers");
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = from; i < to; i++) {
            numbers.add(i);
        }
        return numbers;
    }
}
