package io.veilora.client.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/** The methods of Python's str and dict that chat templates call. */
final class Methods {
    private static final Set<String> OF_STRING = Set.of(
            "strip",
            "lstrip",
            "rstrip",
            "split",
            "startswith",
            "endswith",
            "upper",
            "lower",
            "title",
            "capitalize",
            "replace",
            "find",
            "count",
            "join",
            "removeprefix",
            "removesuffix");
    private static final Set<String> OF_DICT =
            Set.of("get", "items", "keys", "values", "pop", "update", "copy", "clear", "setdefault", "popitem");

    private Methods() {}

    static boolean ofString(String name) {
        return OF_STRING.contains(name);
    }

    static boolean ofDict(String name) {
        return OF_DICT.contains(name);
    }

    static Object call(Object base, String name, List<Object> arguments) {
        if (base instanceof String text && ofString(name)) {
            return ofString(text, name, arguments);
        }
        if (base instanceof Map<?, ?> map && ofDict(name)) {
            return ofDict(map, name, arguments);
        }
        throw TemplateFault.unsupported("the method " + name + " of a " + Values.kind(base));
    }

    private static Object ofDict(Map<?, ?> map, String name, List<Object> arguments) {
        return switch (name) {
            case "get" ->
                map.containsKey(arguments.getFirst())
                        ? map.get(arguments.getFirst())
                        : arguments.size() > 1 ? arguments.get(1) : Values.NONE;
            case "items" -> pairs(map);
            case "keys" -> new ArrayList<>(map.keySet());
            case "values" -> new ArrayList<>(map.values());
            default -> throw TemplateFault.unsupported("the dict method " + name);
        };
    }

    static List<Object> pairs(Map<?, ?> map) {
        List<Object> pairs = new ArrayList<>();
        map.forEach((key, value) -> pairs.add(List.of(key, value)));
        return pairs;
    }

    private static Object ofString(String text, String name, List<Object> arguments) {
        return switch (name) {
            case "strip" -> strip(text, characters(name, arguments), true, true);
            case "lstrip" -> strip(text, characters(name, arguments), true, false);
            case "rstrip" -> strip(text, characters(name, arguments), false, true);
            case "split" -> split(text, arguments);
            case "startswith" -> prefixes(name, arguments).stream().anyMatch(text::startsWith);
            case "endswith" -> prefixes(name, arguments).stream().anyMatch(text::endsWith);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" -> capitalize(text);
            case "replace" -> replace(text, arguments);
            case "find" -> find(text, argument(name, arguments, 0));
            case "count" -> count(text, argument(name, arguments, 0));
            case "join" -> join(text, arguments.getFirst());
            case "removeprefix" ->
                text.startsWith(argument(name, arguments, 0))
                        ? text.substring(argument(name, arguments, 0).length())
                        : text;
            case "removesuffix" ->
                text.endsWith(argument(name, arguments, 0))
                        ? text.substring(
                                0, text.length() - argument(name, arguments, 0).length())
                        : text;
            default -> throw TemplateFault.unsupported("the method " + name);
        };
    }

    /** A string argument; the last one allowed is {@code index}. */
    private static String argument(String method, List<Object> arguments, int index) {
        if (arguments.size() != index + 1) {
            throw TemplateFault.unsupported("the method " + method + " with " + arguments.size() + " arguments");
        }
        return Values.string(arguments.get(index), method);
    }

    private static String characters(String method, List<Object> arguments) {
        boolean whitespace = arguments.isEmpty() || arguments.equals(List.of(Values.NONE));
        return whitespace ? null : argument(method, arguments, 0);
    }

    /** @param characters those to remove; null for whitespace */
    static String strip(String text, String characters, boolean left, boolean right) {
        IntPredicate goes = characters == null ? Methods::isSpace : c -> characters.indexOf(c) >= 0;
        int from = 0;
        int to = text.length();
        while (left && from < to && goes.test(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && to > from && goes.test(text.codePointBefore(to))) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    /** As {@code str.isspace}. */
    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    private static List<Object> split(String text, List<Object> arguments) {
        long most = arguments.size() > 1 ? Values.integer(arguments.get(1), "split") : -1;
        if (arguments.isEmpty()) {
            return words(text);
        }
        String separator = argument("split", arguments.subList(0, 1), 0);
        if (separator.isEmpty()) {
            throw new TemplateFault("split by an empty string");
        }
        List<Object> parts = new ArrayList<>();
        int from = 0;
        int at = text.indexOf(separator);
        while (at >= 0 && (most < 0 || parts.size() < most)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
            at = text.indexOf(separator, from);
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static List<Object> words(String text) {
        List<Object> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (!isSpace(c)) {
                word.appendCodePoint(c);
            } else if (!word.isEmpty()) {
                words.add(word.toString());
                word.setLength(0);
            }
        });
        if (!word.isEmpty()) {
            words.add(word.toString());
        }
        return words;
    }

    private static List<String> prefixes(String method, List<Object> arguments) {
        if (arguments.size() == 1 && arguments.getFirst() instanceof List<?> several) {
            return several.stream().map(one -> Values.string(one, method)).toList();
        }
        return List.of(argument(method, arguments, 0));
    }

    static String replace(String text, List<Object> arguments) {
        String with = argument("replace", arguments, 1);
        String what = Values.string(arguments.getFirst(), "replace");
        if (what.isEmpty()) {
            throw TemplateFault.unsupported("replacing an empty string");
        }
        return text.replace(what, with);
    }

    private static long find(String text, String part) {
        int at = text.indexOf(part);
        return at < 0 ? -1 : text.codePointCount(0, at);
    }

    private static long count(String text, String part) {
        if (part.isEmpty()) {
            throw TemplateFault.unsupported("counting an empty string");
        }
        return split(text, List.of(part)).size() - 1L;
    }

    static String join(String separator, Object items) {
        return String.join(
                separator,
                Values.items(items, "join").stream()
                        .map(item -> Values.string(item, "join"))
                        .toList());
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.codePointAt(0);
        return Character.toString(Character.toTitleCase(first))
                + text.substring(Character.charCount(first)).toLowerCase(Locale.ROOT);
    }

    private static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            out.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = Character.isLetter(c);
        }
        return out.toString();
    }
}
