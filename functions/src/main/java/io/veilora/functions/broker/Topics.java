package io.veilora.functions.broker;

/** The names of the topics of DESIGN §5. */
public final class Topics {
    /** Steps to compute, keyed by model, layer and direction. */
    public static final String STEPS = "veilora.steps";

    /** The consumer group of the step functions that share {@link #STEPS}; a pool's has the pool's name at its end. */
    public static final String STEPS_GROUP = "veilora-step-function";

    /** Steps that ended, keyed by step id. */
    public static final String RESULTS = "veilora.results";

    /** Events that could not be processed, as they came, with the reason in headers. */
    public static final String DEAD_LETTERS = "veilora.steps.dlq";

    private Topics() {}

    /** The steps of one pool's models. */
    public static String steps(String pool) {
        return STEPS + ".pool." + pool;
    }
}
