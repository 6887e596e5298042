package io.veilora.functions.bench;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.ProtocolJson;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.ToLongFunction;

/**
 * Time that the provider loses around the GEMM (broker, stores, codec): {@code total − gemm} of {@code Server-Timing},
 * one step at a time against the packaged server ({@code src/bench/provider}). DESIGN §8 asks for less than 10 ms at 256
 * tokens, p50.
 *
 * Prints both directions. The first {@link #WARM_UP} steps of a direction are the compiler's and not counted.
 */
public final class StepBenchmark {
    private static final int WARM_UP = 2000;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Random random = new Random(1);
    private final String url;
    private final String apiKey;
    private final ModelManifest model;

    private StepBenchmark(BenchServer server, String modelName) throws Exception {
        url = server.url().toString();
        apiKey = server.apiKey();
        HttpRequest request = request(StepApi.manifestPath(modelName)).build();
        byte[] manifest =
                http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body();
        model = ProtocolJson.MAPPER.readValue(manifest, ModelManifest.class);
    }

    /** @param arguments data folder with the model, model, layer, tokens, steps */
    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        try (BenchServer server = BenchServer.start(data, List.of())) {
            StepBenchmark benchmark = new StepBenchmark(server, arguments[1]);
            for (Direction direction : Direction.values()) {
                benchmark.measure(
                        LayerId.parse(arguments[2]),
                        direction,
                        Integer.parseInt(arguments[3]),
                        Integer.parseInt(arguments[4]));
            }
        }
    }

    private void measure(LayerId id, Direction direction, int tokens, int steps) throws Exception {
        RemoteLayer layer = model.layer(id);
        StepTiming[] timings = new StepTiming[steps];
        long[] wall = new long[steps];
        for (int i = -WARM_UP; i < steps; i++) {
            byte[] body = body(model.parameters(), tokens, layer.requestFeatures(direction));
            long start = System.nanoTime();
            StepTiming timing = step(id, direction, body);
            if (i >= 0) {
                timings[i] = timing;
                wall[i] = (System.nanoTime() - start) / 1000;
            }
        }
        System.out.printf(
                "%s %s, %d tokens, %d → %d features, %d steps; milliseconds p50 / p99:%n",
                id,
                direction.label(),
                tokens,
                layer.requestFeatures(direction),
                layer.answerFeatures(direction),
                steps);
        print("around the GEMM", timings, timing -> timing.total() - timing.gemm());
        print("GEMM", timings, StepTiming::gemm);
        print("queue (broker)", timings, StepTiming::queue);
        print("store", timings, StepTiming::store);
        print("total at the gateway", timings, StepTiming::total);
        Arrays.sort(wall);
        System.out.printf("  %-22s %7.2f / %7.2f%n", "seen by the client", at(wall, 0.5), at(wall, 0.99));
    }

    private StepTiming step(LayerId layer, Direction direction, byte[] body) throws Exception {
        HttpRequest request = request(StepApi.stepPath(model.model(), layer, direction))
                .header("Content-Type", EncryptedTensor.MEDIA_TYPE)
                .header(StepApi.IDEMPOTENCY_KEY, UUID.randomUUID().toString())
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (response.statusCode() != 200) {
            throw new IllegalStateException(response.statusCode() + ": " + new String(response.body()));
        }
        return StepTiming.ofHeader(
                response.headers().firstValue(StepApi.SERVER_TIMING).orElseThrow());
    }

    private byte[] body(LatticeParameters parameters, int tokens, int features) {
        byte[] words = new byte[4 * tokens * features];
        random.nextBytes(words);
        return new EncryptedTensor(parameters, AnswerBits.BITS_32, tokens, features, MemorySegment.ofArray(words))
                .toBytes();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path)).header("Authorization", "Bearer " + apiKey);
    }

    private static void print(String what, StepTiming[] timings, ToLongFunction<StepTiming> micros) {
        long[] sorted = Arrays.stream(timings).mapToLong(micros).sorted().toArray();
        System.out.printf("  %-22s %7.2f / %7.2f%n", what, at(sorted, 0.5), at(sorted, 0.99));
    }

    private static double at(long[] sorted, double quantile) {
        return sorted[(int) (quantile * (sorted.length - 1))] / 1000.0;
    }
}
