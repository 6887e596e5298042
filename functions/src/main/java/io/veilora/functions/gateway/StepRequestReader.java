package io.veilora.functions.gateway;

import io.veilora.functions.ProviderConfig;
import io.veilora.functions.model.ModelStore;
import io.veilora.functions.store.BlobDraft;
import io.veilora.protocol.account.AccountApi;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.UUID;
import java.util.regex.Pattern;

/** Reads and checks the parts of a step's request, cheapest first and the body last. */
@ApplicationScoped
public class StepRequestReader {
    private static final Pattern RUN = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final ModelStore models;
    private final int maxTokens;
    private final Duration readPatience;

    StepRequestReader(ModelStore models, ProviderConfig config) {
        this.models = models;
        this.maxTokens = config.gateway().maxTokens();
        this.readPatience = config.gateway().readPatience();
    }

    /** Where a step goes. */
    record Target(ModelManifest model, RemoteLayer layer, Direction direction) {}

    Target target(String model, String layer, String direction) throws IOException {
        ModelManifest manifest = models.find(model).orElseThrow(() -> unknownModel(model));
        return new Target(manifest, manifest.layer(LayerId.parse(layer)), Direction.parse(direction));
    }

    static PermanentException unknownModel(String model) {
        return new PermanentException(Problem.of(ProblemCode.UNKNOWN_MODEL)
                .detail("model: got '%.100s'", model)
                .remedy("GET %s lists those that are here", StepApi.MODELS));
    }

    /** A step id: a UUID in its usual form. */
    static UUID stepId(String text) {
        try {
            UUID id = UUID.fromString(text == null ? "" : text);
            if (id.toString().equalsIgnoreCase(text)) {
                return id;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                .detail(
                        "step id: got %s, expected a UUID",
                        text == null ? "no " + StepApi.IDEMPOTENCY_KEY + " header" : "'" + shortened(text) + "'")
                .remedy("name every step with a random UUID, and keep it for retries of the same bytes"));
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    /** What the client calls its run, or null. */
    static String run(String header) {
        if (header == null || RUN.matcher(header).matches()) {
            return header;
        }
        throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                .detail("%s: expected 1 to 64 letters, digits, '.', '_' or '-'", AccountApi.RUN));
    }

    /** 16 unless the header asks for 32. */
    static AnswerBits answerBits(String header) {
        if (header == null) {
            return AnswerBits.BITS_16;
        }
        try {
            return AnswerBits.of(Integer.parseInt(header.strip()));
        } catch (NumberFormatException e) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_REQUEST)
                    .detail("%s: got '%s', expected 16 or 32", StepApi.ANSWER_BITS, shortened(header)));
        }
    }

    /**
     * Moves the body into {@code draft}, never more than a step of this layer can have.
     *
     * @param contentLength as the client says, or -1
     */
    void body(Target target, long contentLength, HttpServerRequest request, BlobDraft draft) throws IOException {
        int features = target.layer().requestFeatures(target.direction());
        long limit = EncryptedTensor.wireBytes(AnswerBits.BITS_32, maxTokens, features);
        if (contentLength > limit) {
            throw tooLarge(contentLength + " bytes", limit);
        }
        if (!new RequestBody(request).into(draft, limit, readPatience)) {
            throw tooLarge("more", limit);
        }
    }

    private PermanentException tooLarge(String got, long limit) {
        return new PermanentException(Problem.of(ProblemCode.TOO_LARGE)
                .detail("body: got %s, expected at most %d bytes (%d tokens) for this layer", got, limit, maxTokens)
                .remedy("send fewer tokens in one step"));
    }

    /** Reads the tensor, checks its digest and that it fits the layer. */
    EncryptedTensor tensor(Target target, MemorySegment body) {
        EncryptedTensor tensor = EncryptedTensor.read(body);
        if (tensor.parameters() != target.model().parameters()) {
            throw new PermanentException(Problem.of(ProblemCode.UNKNOWN_PARAMETERS)
                    .detail(
                            "parameter set: got %s, expected %s, the model's",
                            tensor.parameters(), target.model().parameters()));
        }
        int features = target.layer().requestFeatures(target.direction());
        if (tensor.bits() != AnswerBits.BITS_32 || tensor.features() != features || tensor.tokens() > maxTokens) {
            throw new PermanentException(Problem.of(ProblemCode.WRONG_SHAPE)
                    .detail(
                            "got %d tokens of %d features in %d bits, expected at most %d of %d in 32 for %s of layer %s",
                            tensor.tokens(),
                            tensor.features(),
                            tensor.bits().bits(),
                            maxTokens,
                            features,
                            target.direction().label(),
                            target.layer().id()));
        }
        return tensor;
    }
}
