package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What an API key may be used for. */
public enum Scope {
    /** Send steps and fetch their answers. */
    STEPS("steps"),
    /** Read models: manifests, hints, embeddings. */
    MODELS("models:read"),
    /** Read usage, statements and quotes. */
    USAGE("usage:read"),
    /** Manage API keys, one's own for a tenant, and everything for an operator. */
    ADMIN("admin");

    private final String label;

    Scope(String label) {
        this.label = label;
    }

    @JsonValue
    public String label() {
        return label;
    }

    /** @throws PermanentException INVALID_REQUEST for another word */
    @JsonCreator
    public static Scope parse(String label) {
        for (Scope scope : values()) {
            if (scope.label.equals(label)) {
                return scope;
            }
        }
        throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                .detail(
                        "scope: got '%.40s', expected one of %s",
                        label, Arrays.stream(values()).map(Scope::label).collect(Collectors.joining(", "))));
    }
}
