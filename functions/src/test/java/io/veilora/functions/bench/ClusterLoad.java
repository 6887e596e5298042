package io.veilora.functions.bench;

import io.veilora.functions.Words;
import io.veilora.functions.store.BlobExpiry;
import io.veilora.functions.store.FileBlobStore;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.step.StepApi;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;

/** Clients that send one step after the other, of all layers of a model in random order, until they are closed. */
final class ClusterLoad implements AutoCloseable {
    private static final int TOKENS = 256;

    /** Answers go as fast as new ones come, as after an hour of this: memory that was never touched would be measured. */
    private static final Duration EXPIRY = Duration.ofSeconds(3);

    /** One layer in one direction. @param body a request of it */
    private record Target(String recordKey, String path, ByteBuffer body) {
        static Target of(ModelManifest model, RemoteLayer layer, Direction direction) {
            byte[] request = Words.request(1, TOKENS, layer.requestFeatures(direction));
            return new Target(
                    model.model() + "/" + layer.id() + "/" + direction.label(),
                    StepApi.stepPath(model.model(), layer.id(), direction),
                    ByteBuffer.allocateDirect(request.length).put(request).flip());
        }
    }

    private final List<Target> targets = new ArrayList<>();
    private final Map<String, LongAdder> steps = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> gemmMicros = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> running = new ArrayList<>();
    private volatile boolean closed;

    ClusterLoad(ModelManifest model) {
        for (RemoteLayer layer : model.layers()) {
            for (Direction direction : Direction.values()) {
                targets.add(Target.of(model, layer, direction));
            }
        }
    }

    /** @param blobs what expires */
    void start(URI gateway, String apiKey, int connections, Path blobs) {
        for (int i = 0; i < connections; i++) {
            Random order = new Random(i);
            running.add(threads.submit(() -> send(gateway, apiKey, order)));
        }
        running.add(threads.submit(() -> expire(blobs)));
    }

    private Void send(URI gateway, String apiKey, Random order) throws IOException {
        try (StepConnection connection = new StepConnection(gateway, apiKey)) {
            while (!closed) {
                Target target = targets.get(order.nextInt(targets.size()));
                StepConnection.Answer answer = connection.step(target.path, target.body.duplicate());
                switch (answer.status()) {
                    case 200 -> {
                        add(steps, target, 1);
                        add(gemmMicros, target, answer.timing().gemm());
                    }
                    case 202, 404 -> {} // longer than the gateway waits, or than it is kept here: partitions moved
                    default -> throw new IOException("status " + answer.status());
                }
            }
        }
        return null;
    }

    private static void add(Map<String, LongAdder> sums, Target target, long value) {
        sums.computeIfAbsent(target.recordKey, key -> new LongAdder()).add(value);
    }

    private Void expire(Path blobs) throws IOException, InterruptedException {
        BlobExpiry expiry = new BlobExpiry(new FileBlobStore(blobs));
        while (!closed) {
            Thread.sleep(EXPIRY.toMillis() / 6);
            expiry.sweep(Instant.now().minus(EXPIRY));
        }
        return null;
    }

    /** Counts anew from here. */
    void reset() {
        steps.clear();
        gemmMicros.clear();
    }

    long steps() {
        return steps.values().stream().mapToLong(LongAdder::sum).sum();
    }

    double gemmSeconds() {
        return gemmMicros.values().stream().mapToLong(LongAdder::sum).sum() / 1e6;
    }

    /** Mean seconds of a step's GEMM, by record key. */
    Map<String, Double> gemmSecondsByRecordKey() {
        Map<String, Double> seconds = new TreeMap<>();
        gemmMicros.forEach((key, micros) ->
                seconds.put(key, micros.sum() / 1e6 / steps.get(key).sum()));
        return seconds;
    }

    @Override
    public void close() throws Exception {
        closed = true;
        for (Future<?> each : running) {
            each.get();
        }
        threads.close();
    }
}
