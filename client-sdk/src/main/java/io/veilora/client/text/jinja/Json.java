package io.veilora.client.text.jinja;

import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** {@code tojson} as Transformers defines it: Python's {@code json.dumps} with {@code ensure_ascii=False}. */
final class Json {
    private Json() {}

    static String write(Object value) {
        return switch (value) {
            case String text -> quoted(text);
            case Boolean bool -> bool.toString();
            case Long number -> number.toString();
            case Map<?, ?> map -> {
                StringJoiner fields = new StringJoiner(", ", "{", "}");
                map.forEach((key, item) -> fields.add(quoted(Values.string(key, "tojson")) + ": " + write(item)));
                yield fields.toString();
            }
            case List<?> list -> {
                StringJoiner items = new StringJoiner(", ", "[", "]");
                list.forEach(item -> items.add(write(item)));
                yield items.toString();
            }
            case null -> throw new TemplateFault("tojson of an undefined value");
            default -> {
                if (value == Values.NONE) {
                    yield "null";
                }
                throw TemplateFault.unsupported("tojson of a " + Values.kind(value));
            }
        };
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> out.append(c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
            }
        }
        return out.append('"').toString();
    }
}
