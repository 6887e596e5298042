package io.veilora.functions.store;

import java.util.Locale;
import java.util.Objects;
import java.util.UUID;

/** One of the objects that belong to a step of a tenant; nobody else can name it. */
public record BlobName(String tenant, UUID stepId, Kind kind) {
    /** What is kept of a step. */
    public enum Kind {
        /** What the step id stands for: the event's data, written once, before anything else. */
        CLAIM,
        /** The request's bytes, until the answer is stored. */
        REQUEST,
        /** The answer's bytes. */
        ANSWER,
        /** Why the step failed. */
        PROBLEM;

        /** The ending of file and object names. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public BlobName {
        Objects.requireNonNull(stepId, "stepId");
        Objects.requireNonNull(kind, "kind");
        TenantName.require(tenant);
    }

    public BlobName with(Kind other) {
        return new BlobName(tenant, stepId, other);
    }
}
