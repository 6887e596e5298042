package io.veilora.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.transport.Endpoint;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which provider, and who asks: for the commands about accounts and bills. */
final class AccountOptions {
    /** A person waits: not as long as a training run would. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final Path OPERATOR_KEY = Path.of(".veilora/provider/operator-key");

    @Option(
            names = "--provider",
            paramLabel = "URL",
            defaultValue = "${VEILORA_PROVIDER:-http://127.0.0.1:8080}",
            description = "the provider (default: $VEILORA_PROVIDER or http://127.0.0.1:8080)")
    private URI provider;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            defaultValue = "${VEILORA_API_KEY_FILE}",
            description = "file with the API key, unless $VEILORA_API_KEY holds it (default: $VEILORA_API_KEY_FILE,"
                    + " .veilora/provider/operator-key, or .veilora/provider/api-key)")
    private Path apiKeyFile;

    @Option(
            names = "--ca-file",
            paramLabel = "FILE",
            description = "certificates in PEM that vouch for the provider (default: those that Java knows)")
    private Path caFile;

    @Option(names = "--json", description = "print what the provider answered, for programs")
    private boolean json;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    boolean isJson() {
        return json;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    JsonNode get(String path) throws IOException {
        return send(path, request -> request.GET());
    }

    /** Creates something: once, also when the answer is lost and the request is sent again. */
    JsonNode post(String path, Object body) throws IOException {
        return send(path, request -> request.header(
                        StepApi.IDEMPOTENCY_KEY, UUID.randomUUID().toString())
                .header("Content-Type", "application/json")
                .POST(body(body)));
    }

    /** The same without a body. */
    JsonNode post(String path) throws IOException {
        return send(path, request -> request.header(
                        StepApi.IDEMPOTENCY_KEY, UUID.randomUUID().toString())
                .POST(HttpRequest.BodyPublishers.noBody()));
    }

    JsonNode put(String path, Object body) throws IOException {
        return send(path, request -> request.header("Content-Type", "application/json")
                .PUT(body(body)));
    }

    JsonNode delete(String path) throws IOException {
        return send(path, request -> request.DELETE());
    }

    /** Prints one page after the other. @param path may have a query */
    void eachOf(String path, Consumer<JsonNode> item) throws IOException {
        String cursor = "";
        while (cursor != null) {
            String page = path + (path.contains("?") ? "&" : "?") + "limit=500"
                    + (cursor.isEmpty() ? "" : "&cursor=" + encoded(cursor));
            JsonNode answer = get(page);
            answer.path("items").forEach(item);
            cursor = answer.hasNonNull("next") ? answer.get("next").asText() : null;
        }
    }

    /** The answer as it came, of another media type than JSON. */
    byte[] download(String path, String mediaType) throws IOException {
        try (ProviderConnection connection = connect()) {
            return ProviderConnection.await(connection.send(
                            connection.request(path).header("Accept", mediaType).build(),
                            java.net.http.HttpResponse.BodyHandlers.ofByteArray()))
                    .body();
        }
    }

    private JsonNode send(String path, Consumer<HttpRequest.Builder> kind) throws IOException {
        try (ProviderConnection connection = connect()) {
            HttpRequest.Builder request = connection.request(path);
            kind.accept(request);
            return connection.sendJson(request.build(), JsonNode.class);
        }
    }

    private ProviderConnection connect() throws IOException {
        Path file = apiKeyFile;
        if (file == null) {
            file = Files.isReadable(OPERATOR_KEY) ? OPERATOR_KEY : Path.of(".veilora/provider/api-key");
        }
        Endpoint endpoint = new Endpoint(provider, ModelOptions.apiKey(file), caFile, null);
        return new ProviderConnection(endpoint, PATIENCE, new ConnectionLine(provider));
    }

    private static HttpRequest.BodyPublisher body(Object body) {
        try {
            return HttpRequest.BodyPublishers.ofByteArray(ProtocolJson.MAPPER.writeValueAsBytes(body));
        } catch (IOException e) {
            throw new IllegalStateException("a request cannot be written", e);
        }
    }

    /** A name in a path. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("API key: got '%s', expected its id, a UUID", text)
                    .remedy("'veilora keys list' shows the ids"));
        }
    }

    void print(JsonNode answer) {
        out().println(answer.toPrettyString());
    }
}
