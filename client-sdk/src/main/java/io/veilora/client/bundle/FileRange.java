package io.veilora.client.bundle;

import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.step.StepApi;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/**
 * Some bytes of one file of a model at the provider.
 *
 * @param from first byte
 * @param end behind the last byte
 */
record FileRange(String model, StoredFile file, long from, long end) {
    /**
     * Sends one request.
     *
     * @return a body that starts at {@code from}, or at 0 if the provider ignores ranges; what it holds is unchecked
     * @throws PermanentException INVALID_ANSWER if it is another range than the one asked for
     */
    HttpResponse<InputStream> open(ProviderConnection connection) throws IOException {
        HttpRequest get = connection
                .request(StepApi.filePath(model, file.path()))
                .header("Range", "bytes=" + from + "-" + (end - 1))
                .GET()
                .build();
        HttpResponse<InputStream> response =
                ProviderConnection.await(connection.sendOnce(get, BodyHandlers.ofInputStream()));
        String expected = "bytes " + from + "-" + (end - 1) + "/" + file.bytes();
        String got = response.headers().firstValue("Content-Range").orElse("nothing");
        if (isPartial(response) && !got.equals(expected)) {
            response.body().close();
            throw invalid("got the range '%.60s', expected '%s'".formatted(got, expected));
        }
        return response;
    }

    static boolean isPartial(HttpResponse<?> response) {
        return response.statusCode() == 206;
    }

    /**
     * Reads exactly this range.
     *
     * @throws PermanentException INVALID_ANSWER if the provider ignores ranges: then hints cannot be streamed
     * @throws RetriableException TRUNCATED_BODY if the body ends too early
     */
    byte[] read(ProviderConnection connection) throws IOException {
        HttpResponse<InputStream> response = open(connection);
        try (InputStream body = response.body()) {
            if (!isPartial(response)) {
                throw invalid("got the whole file, expected the range that was asked for");
            }
            int count = (int) (end - from);
            byte[] bytes = body.readNBytes(count);
            if (bytes.length < count) {
                throw new RetriableException(Problem.of(ProblemCode.TRUNCATED_BODY)
                        .detail(
                                "model '%s', file %s: got %d bytes, expected %d",
                                model, file.path(), bytes.length, count));
            }
            return bytes;
        }
    }

    private PermanentException invalid(String what) {
        return new PermanentException(
                Problem.of(ProblemCode.INVALID_ANSWER)
                        .detail("model '%s', file %s: %s", model, file.path(), what)
                        .remedy(
                                "ask the provider whether a proxy removes ranges, or keep all hints on disk with a larger --hint-quota"));
    }
}
