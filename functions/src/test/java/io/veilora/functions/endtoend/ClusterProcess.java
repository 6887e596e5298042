package io.veilora.functions.endtoend;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;

/** One gateway or one step function of a {@link Cluster}. */
public record ClusterProcess(String name, Path data, JavaProcess process) implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    public ClusterProcess awaitReady() throws Exception {
        process.await(() -> Files.exists(data.resolve("server.json")));
        return this;
    }

    public URI url() throws IOException {
        JsonNode server =
                ProtocolJson.MAPPER.readTree(data.resolve("server.json").toFile());
        return URI.create(server.get("url").asText());
    }

    /** CPU time up to now. */
    public double cpuSeconds() {
        return process.cpuSeconds();
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(url().resolve(path)).build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /**
     * {@code kill -9} while it computes: it is stopped again and again, until it is found with a request in its memory
     * that it has not answered yet.
     */
    void killInMidBatch() throws Exception {
        Path maps = Path.of("/proc", Long.toString(process.pid()), "maps");
        process.await(() -> {
            process.signal("STOP");
            if (Files.readString(maps).contains(".request")) {
                return true;
            }
            process.signal("CONT");
            return false;
        });
        process.kill();
    }

    @Override
    public void close() {
        process.close();
    }
}
