package io.veilora.client.transport;

import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.EncryptedTensor;
import java.lang.foreign.MemorySegment;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Steps over HTTP (DESIGN §5): a {@code POST}, answered at once or by polling; a retry resends the identical bytes. */
public final class HttpStepTransport implements StepTransport {
    private final ProviderConnection connection;
    private final String model;
    private final Function<StepRequest, BodyHandler<byte[]>> answerBody;

    /** For a model whose shapes are known: no more than an answer's exact size is received. */
    public HttpStepTransport(ProviderConnection connection, ModelManifest manifest) {
        this(
                connection,
                manifest.model(),
                request -> BoundedBytes.expecting(
                        answerBytes(request, manifest.layer(request.layer()).answerFeatures(request.direction()))));
    }

    /** Used by tests, for a model whose shapes are not known: no more is received than the format allows. */
    HttpStepTransport(ProviderConnection connection, String model) {
        this(connection, model, request -> BoundedBytes.upTo(answerBytes(request, EncryptedTensor.MAX_FEATURES)));
    }

    private HttpStepTransport(
            ProviderConnection connection, String model, Function<StepRequest, BodyHandler<byte[]>> answerBody) {
        this.connection = connection;
        this.model = model;
        this.answerBody = answerBody;
    }

    private static int answerBytes(StepRequest request, int features) {
        int tokens = EncryptedTensor.readHeader(MemorySegment.ofArray(request.wire()))
                .tokens();
        return (int) Math.min(Integer.MAX_VALUE - 8, EncryptedTensor.wireBytes(request.answerBits(), tokens, features));
    }

    @Override
    public CompletableFuture<StepAnswer> send(StepRequest request) {
        long start = System.nanoTime();
        HttpRequest post = connection
                .request(StepApi.stepPath(model, request.layer(), request.direction()))
                .header("Content-Type", EncryptedTensor.MEDIA_TYPE)
                .header(StepApi.IDEMPOTENCY_KEY, request.stepId().toString())
                .header(
                        StepApi.ANSWER_BITS,
                        Integer.toString(request.answerBits().bits()))
                .POST(HttpRequest.BodyPublishers.ofByteArray(request.wire()))
                .build();
        BodyHandler<byte[]> body = answerBody.apply(request);
        return connection
                .withRetries(() -> connection
                        .sendOnce(post, body)
                        .thenCompose(new AnswerPolling(connection, body, start)::follow)
                        .thenApply(response -> answer(response, start)))
                .exceptionally(failure -> {
                    throw naming(request, ProviderConnection.cause(failure));
                });
    }

    private static StepAnswer answer(HttpResponse<byte[]> response, long start) {
        byte[] body = response.body();
        if (body == null) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_ANSWER)
                    .detail("the answer is longer than an answer to this step can be")
                    .remedy("check that the URL leads to a Veilora gateway of the same release"));
        }
        EncryptedTensor tensor = EncryptedTensor.read(MemorySegment.ofArray(body));
        HttpResponse<byte[]> provider = response.previousResponse().orElse(response);
        StepTiming timing = StepTiming.ofHeader(
                provider.headers().firstValue(StepApi.SERVER_TIMING).orElse(null));
        return new StepAnswer(tensor, body.length, timing, System.nanoTime() - start);
    }

    private static RuntimeException naming(StepRequest request, Throwable failure) {
        if (failure instanceof VeiloraException known) {
            Problem problem = known.problem().step(request.stepId().toString());
            return known instanceof RetriableException
                    ? new RetriableException(problem, known)
                    : new PermanentException(problem, known);
        }
        return new RetriableException(
                Problem.of(ProblemCode.UNAVAILABLE)
                        .detail(
                                "the step could not be sent (%s)",
                                failure.getClass().getSimpleName())
                        .step(request.stepId().toString()),
                failure);
    }
}
