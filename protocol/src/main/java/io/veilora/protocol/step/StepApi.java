package io.veilora.protocol.step;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import java.util.UUID;

/** The HTTP paths and headers of DESIGN §5, the same for client and gateway. */
public final class StepApi {
    public static final String MODELS = "/v1/models";

    /** Request header: the step id. */
    public static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    /** Request header: bits per answer value, 16 (default) or 32. */
    public static final String ANSWER_BITS = "Veilora-Answer-Bits";

    /** Request header: where the client goes for the bytes if it is sent there with {@code 303}. */
    public static final String FOLLOWS = "Veilora-Follows";

    /** Of {@link #FOLLOWS}: to a URL of the provider's object store, without the API key. */
    public static final String FOLLOWS_STORE = "store";

    /** Answer header: a {@link StepTiming}. */
    public static final String SERVER_TIMING = "Server-Timing";

    private StepApi() {}

    /** {@code POST}: a step. */
    public static String stepPath(String model, LayerId layer, Direction direction) {
        return MODELS + "/" + model + "/layers/" + layer + "/" + direction.label();
    }

    /** {@code GET}: the answer of a step that took longer than the gateway waits. */
    public static String pollPath(UUID stepId) {
        return "/v1/steps/" + stepId;
    }

    /** {@code GET}: the manifest. */
    public static String manifestPath(String model) {
        return MODELS + "/" + model;
    }

    /** {@code GET} with ranges: a file of the manifest. */
    public static String filePath(String model, String path) {
        return MODELS + "/" + model + "/files/" + path;
    }
}
