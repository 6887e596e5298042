package io.veilora.client.transport;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.EncryptedTensor;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Steps over HTTP (DESIGN §5): a {@code POST}, answered at once or by polling; a retry resends the identical bytes. */
public final class HttpStepTransport implements StepTransport {
    private final ProviderConnection connection;
    private final String model;

    public HttpStepTransport(ProviderConnection connection, String model) {
        this.connection = connection;
        this.model = model;
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
        return connection
                .withRetries(() -> connection
                        .sendOnce(post, BodyHandlers.ofByteArray())
                        .thenCompose(this::untilAnswered)
                        .thenApply(response -> answer(response, start)))
                .exceptionally(failure -> {
                    throw naming(request, ProviderConnection.cause(failure));
                });
    }

    /** Follows {@code 202 Accepted} to the answer. The gateway holds each poll open, so this does not spin. */
    private CompletableFuture<HttpResponse<byte[]>> untilAnswered(HttpResponse<byte[]> response) {
        if (response.statusCode() != 202) {
            return CompletableFuture.completedFuture(response);
        }
        String path = response.headers()
                .firstValue("Location")
                .flatMap(HttpStepTransport::path)
                .orElseThrow(() -> new PermanentException(Problem.of(ProblemCode.INVALID_ANSWER)
                        .detail("status 202 came without a usable Location")
                        .remedy("use a client and a server of the same release")));
        HttpRequest poll = connection.request(path).GET().build();
        return connection.sendOnce(poll, BodyHandlers.ofByteArray()).thenCompose(this::untilAnswered);
    }

    /** The absolute path of a location; its host is ignored, steps stay with this provider. */
    private static Optional<String> path(String location) {
        try {
            return Optional.ofNullable(new URI(location).getRawPath())
                    .filter(path -> path.startsWith("/") && !path.startsWith("//"));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static StepAnswer answer(HttpResponse<byte[]> response, long start) {
        byte[] body = response.body();
        EncryptedTensor tensor = EncryptedTensor.read(MemorySegment.ofArray(body));
        StepTiming timing = StepTiming.ofHeader(
                response.headers().firstValue(StepApi.SERVER_TIMING).orElse(null));
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
