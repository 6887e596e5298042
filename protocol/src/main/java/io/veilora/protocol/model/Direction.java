package io.veilora.protocol.model;

import com.fasterxml.jackson.annotation.JsonValue;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;

/** Which of the two products of a remote layer: {@code W·x} or {@code Wᵀ·∂y}. */
public enum Direction {
    FORWARD("forward"),
    BACKWARD("backward");

    private final String label;

    Direction(String label) {
        this.label = label;
    }

    /** The word used in URLs, object names and events. */
    @JsonValue
    public String label() {
        return label;
    }

    public static Direction parse(String label) {
        for (Direction direction : values()) {
            if (direction.label.equals(label)) {
                return direction;
            }
        }
        throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                .detail("direction: got '%s', expected 'forward' or 'backward'", label));
    }
}
