package io.veilora.client.text.jinja;

import java.util.List;
import java.util.Map;

/** The values between the parentheses of a call. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments EMPTY = new Arguments(List.of(), Map.of());

    /** The one positional argument of a filter or function. */
    Object only(String name) {
        if (positional.size() != 1 || !named.isEmpty()) {
            throw TemplateFault.unsupported(name + " with these arguments");
        }
        return positional.getFirst();
    }

    List<Object> onlyPositional(String name) {
        if (!named.isEmpty()) {
            throw TemplateFault.unsupported(name + " with named arguments");
        }
        return positional;
    }

    /** Refuses arguments. */
    void requireNone(String name) {
        if (!positional.isEmpty() || !named.isEmpty()) {
            throw TemplateFault.unsupported(name + " with arguments");
        }
    }
}
