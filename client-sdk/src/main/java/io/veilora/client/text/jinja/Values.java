package io.veilora.client.text.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Python's values and what its operators do with them, as far as chat templates go: str, int, bool, list, dict, None, and
 * Jinja's undefined. Whatever Python would answer and we would not is a {@link TemplateFault}.
 */
final class Values {
    /** Python's None. Java's null is Jinja's undefined. */
    static final Object NONE = new Object() {
        @Override
        public String toString() {
            return "None";
        }
    };

    private Values() {}

    static boolean truth(Object value) {
        return switch (value) {
            case null -> false;
            case Boolean bool -> bool;
            case Number number -> number.doubleValue() != 0;
            case String text -> !text.isEmpty();
            case Collection<?> items -> !items.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> value != NONE;
        };
    }

    /** What {@code {{ value }}} prints. */
    static String text(Object value) {
        return switch (value) {
            case null -> "";
            case String text -> text;
            case Boolean bool -> bool ? "True" : "False";
            case Long number -> number.toString();
            default -> {
                if (value == NONE) {
                    yield "None";
                }
                throw TemplateFault.unsupported("printing a " + kind(value));
            }
        };
    }

    static boolean equal(Object a, Object b) {
        if (isNumber(a) && isNumber(b)) {
            return number(a).doubleValue() == number(b).doubleValue();
        }
        if (a instanceof List<?> left && b instanceof List<?> right) {
            boolean same = left.size() == right.size();
            for (int i = 0; same && i < left.size(); i++) {
                same = equal(left.get(i), right.get(i));
            }
            return same;
        }
        if (a instanceof Map<?, ?> && b instanceof Map<?, ?>) {
            throw TemplateFault.unsupported("comparing a dict");
        }
        return a == null ? b == null : a.equals(b);
    }

    /** Less than zero, zero or more than zero. */
    static int compare(Object a, Object b) {
        if (isNumber(a) && isNumber(b)) {
            return Double.compare(number(a).doubleValue(), number(b).doubleValue());
        }
        if (a instanceof String left && b instanceof String right) {
            return compareByCodePoint(left, right);
        }
        throw new TemplateFault("comparing a %s with a %s", kind(a), kind(b));
    }

    private static int compareByCodePoint(String a, String b) {
        int[] left = a.codePoints().toArray();
        int[] right = b.codePoints().toArray();
        return java.util.Arrays.compare(left, right);
    }

    static Object add(Object a, Object b) {
        if (a instanceof String left && b instanceof String right) {
            return left + right;
        }
        if (a instanceof List<?> left && b instanceof List<?> right) {
            List<Object> both = new ArrayList<>(left);
            both.addAll(right);
            return both;
        }
        return Math.addExact(integer(a, "+"), integer(b, "+"));
    }

    static boolean contains(Object container, Object item) {
        return switch (container) {
            case String text when item instanceof String part -> text.contains(part);
            case Map<?, ?> map -> map.containsKey(item);
            case List<?> list -> list.stream().anyMatch(element -> equal(element, item));
            case null -> false; // an undefined container is empty
            default -> throw new TemplateFault("a %s in a %s", kind(item), kind(container));
        };
    }

    static long integer(Object value, String where) {
        if (value instanceof Long number) {
            return number;
        }
        throw new TemplateFault("a %s where %s needs an integer", kind(value), where);
    }

    static String string(Object value, String where) {
        if (value instanceof String text) {
            return text;
        }
        throw new TemplateFault("a %s where %s needs a string", kind(value), where);
    }

    /** The items that a loop or a filter goes through; of a dict its keys. */
    static List<Object> items(Object value, String where) {
        return switch (value) {
            case null -> List.of();
            case List<?> list -> new ArrayList<>(list);
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case String text ->
                new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
            default -> throw new TemplateFault("a %s where %s needs a list", kind(value), where);
        };
    }

    private static boolean isNumber(Object value) {
        return value instanceof Number || value instanceof Boolean;
    }

    private static Number number(Object value) {
        return value instanceof Boolean bool ? (Number) (bool ? 1L : 0L) : (Number) value;
    }

    /** The type's name for an error. */
    static String kind(Object value) {
        return switch (value) {
            case null -> "undefined value";
            case String _ -> "string";
            case Boolean _ -> "bool";
            case Number _ -> "number";
            case Map<?, ?> _ -> "dict";
            case Collection<?> _ -> "list";
            default -> "None";
        };
    }
}
