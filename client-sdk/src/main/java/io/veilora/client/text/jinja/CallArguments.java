package io.veilora.client.text.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What stands between the parentheses of a call. */
record CallArguments(List<Term> positional, Map<String, Term> named) {
    static final CallArguments NONE = new CallArguments(List.of(), Map.of());

    static CallArguments of(Term only) {
        return new CallArguments(List.of(only), Map.of());
    }

    Arguments values() {
        List<Object> values = new ArrayList<>();
        positional.forEach(term -> values.add(term.value()));
        Map<String, Object> namedValues = new LinkedHashMap<>();
        named.forEach((name, term) -> namedValues.put(name, term.value()));
        return new Arguments(values, namedValues);
    }
}
