package io.veilora.client.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code base.name}, {@code base[key]} and {@code base[from:to:by]}. */
final class Items {
    private Items() {}

    /** {@code base.name}: of a dict its item; undefined where there is none. */
    static Object attribute(Object base, String name) {
        requireDefined(base, name);
        if (base instanceof Map<?, ?> map) {
            if (Methods.ofDict(name)) {
                throw TemplateFault.unsupported("the dict method " + name + " without a call");
            }
            return map.get(name);
        }
        if (Methods.ofString(name)) {
            throw TemplateFault.unsupported("the method " + name + " without a call");
        }
        return null;
    }

    static Object item(Object base, Object key) {
        requireDefined(base, "an item");
        return switch (base) {
            case Map<?, ?> map -> map.get(key);
            case List<?> list when key instanceof Long index -> at(list, index);
            case String text when key instanceof Long index -> at(characters(text), index);
            default -> null;
        };
    }

    private static Object at(List<?> list, long index) {
        long place = index < 0 ? index + list.size() : index;
        return place < 0 || place >= list.size() ? null : list.get((int) place);
    }

    /** A slice; null bounds and step are those left out. */
    static Object slice(Object base, Object from, Object to, Object by) {
        requireDefined(base, "a slice");
        if (base instanceof String text) {
            return String.join("", slice(characters(text), from, to, by));
        }
        if (base instanceof List<?> list) {
            return slice(list, from, to, by);
        }
        throw new TemplateFault("a slice of a %s", Values.kind(base));
    }

    /** As Python's {@code slice.indices}. */
    private static <T> List<T> slice(List<T> list, Object from, Object to, Object by) {
        long step = by == null ? 1 : Values.integer(by, "a slice");
        if (step == 0) {
            throw new TemplateFault("a slice with step 0");
        }
        long size = list.size();
        long low = step > 0 ? 0 : -1;
        long high = step > 0 ? size : size - 1;
        long start = from == null ? (step > 0 ? low : high) : bound(from, size, low, high);
        long stop = to == null ? (step > 0 ? high : low) : bound(to, size, low, high);
        List<T> part = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            part.add(list.get((int) i));
        }
        return part;
    }

    private static long bound(Object index, long size, long low, long high) {
        long place = Values.integer(index, "a slice");
        return Math.clamp(place < 0 ? place + size : place, low, high);
    }

    private static List<String> characters(String text) {
        return text.codePoints().mapToObj(Character::toString).toList();
    }

    private static void requireDefined(Object base, String what) {
        if (base == null) {
            throw new TemplateFault("%s of an undefined value", what);
        }
    }
}
