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
    private static final long LONGER_THAN_A_BATCH_MILLIS = 500;

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
     * {@code kill -9} in the middle of a batch: the store is frozen again and again, until this process is found with
     * steps in hand that it cannot end.
     */
    void killInMidBatch(StoreProcess store) throws Exception {
        process.await(() -> {
            store.freeze();
            if (stepsInHand() > 0) {
                Thread.sleep(LONGER_THAN_A_BATCH_MILLIS);
                if (stepsInHand() > 0) {
                    return true;
                }
            }
            store.thaw();
            return false;
        });
        process.kill();
        store.thaw();
    }

    private double stepsInHand() throws IOException, InterruptedException {
        return get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("veilora_steps_in_hand "))
                .mapToDouble(line -> Double.parseDouble(line.split(" ")[1]))
                .sum();
    }

    @Override
    public void close() {
        process.close();
    }
}
