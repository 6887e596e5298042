package io.veilora.functions.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.runtime.Quarkus;
import io.veilora.functions.gateway.ApiKeyFile;
import io.veilora.functions.model.FileModelStore;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code rehearse}: a server's first minute, so that the JVM can note what the next one needs: a small model imported, the
 * server started, some steps of every layer answered, everything stopped. With {@code -XX:AOTCacheOutput} the JVM writes
 * at its end the cache that {@code server} starts with (the launcher does it after a build).
 */
@Command(
        name = "rehearse",
        hidden = true,
        description = "Start a server on an empty data folder, answer some steps and stop, for the JVM's AOT cache.")
final class RehearseCommand implements Callable<Integer> {
    private static final String MODEL = "rehearsal";
    private static final int ROUNDS = 30;
    private static final long LOOK_MILLIS = 20;

    @Mixin
    private DataOption data;

    private final HttpClient http = HttpClient.newHttpClient();

    @Override
    public Integer call() throws Exception {
        Path folder = data.folder();
        int imported = run("import", "--synthetic", "tiny", "--name", MODEL, "--data", folder.toString());
        if (imported != 0) {
            return imported;
        }
        AtomicReference<Exception> failure = new AtomicReference<>();
        Thread client = Thread.ofPlatform().daemon().name("rehearsal").start(() -> play(folder, failure));
        int served = run("server", "--port", "0", "--data", folder.toString());
        client.interrupt();
        if (failure.get() != null) {
            throw failure.get();
        }
        return served;
    }

    private static int run(String... arguments) {
        return Provider.commandLine().execute(arguments);
    }

    private void play(Path folder, AtomicReference<Exception> failure) {
        try {
            while (!Files.exists(folder.resolve(ServerFile.NAME))) {
                Thread.sleep(LOOK_MILLIS);
            }
            JsonNode server =
                    ProtocolJson.MAPPER.readTree(folder.resolve(ServerFile.NAME).toFile());
            steps(server.get("url").asText(), folder);
        } catch (InterruptedException e) {
            // The server ended by itself and has said why.
        } catch (IOException | RuntimeException e) {
            failure.set(e);
        } finally {
            Quarkus.asyncExit(0);
        }
    }

    private void steps(String url, Path folder) throws IOException, InterruptedException {
        String apiKey = Files.readString(ApiKeyFile.path(folder)).strip();
        ModelManifest model = new FileModelStore(data.models()).find(MODEL).orElseThrow();
        for (int round = 0; round < ROUNDS; round++) {
            for (RemoteLayer layer : model.layers()) {
                for (Direction direction : Direction.values()) {
                    HttpRequest request = HttpRequest.newBuilder(
                                    URI.create(url + StepApi.stepPath(MODEL, layer.id(), direction)))
                            .header("Authorization", "Bearer " + apiKey)
                            .header("Content-Type", EncryptedTensor.MEDIA_TYPE)
                            .header(StepApi.IDEMPOTENCY_KEY, UUID.randomUUID().toString())
                            .POST(HttpRequest.BodyPublishers.ofByteArray(
                                    zeros(model.parameters(), layer.requestFeatures(direction))))
                            .build();
                    int status = http.send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode();
                    if (status != 200) {
                        throw new IOException("a step of " + layer.id() + " was answered with status " + status);
                    }
                }
            }
        }
    }

    private static byte[] zeros(LatticeParameters parameters, int features) {
        int tokens = parameters.ringDimension();
        MemorySegment words = MemorySegment.ofArray(new byte[Integer.BYTES * tokens * features]);
        return new EncryptedTensor(parameters, AnswerBits.BITS_32, tokens, features, words).toBytes();
    }
}
