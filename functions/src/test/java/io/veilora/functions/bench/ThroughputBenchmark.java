package io.veilora.functions.bench;

import com.sun.management.OperatingSystemMXBean;
import io.veilora.functions.Words;
import io.veilora.functions.store.BlobExpiry;
import io.veilora.functions.store.FileBlobStore;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.step.StepApi;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bytes of requests and answers a second through the whole provider on loopback: HTTP, blob store, event, function, blob
 * store, HTTP ({@code src/bench/provider}). The model is {@link WideModel}, so that the GEMM is a small part; it is in the
 * figures. The load generator runs on the same cores: its CPU time is printed beside the server's.
 */
public final class ThroughputBenchmark {
    private static final double WARM_UP_SECONDS = 12;
    private static final double SECONDS = 5;
    private static final Duration EXPIRY = Duration.ofSeconds(2);

    /**
     * One kind of step: where the bytes are.
     *
     * @param expires whether old answers go as fast as new ones come, as after an hour of this; otherwise each takes memory
     *     that was never touched before, which a virtual machine may have to ask its host for
     */
    private record Load(String layer, Direction direction, int features, int tokens, boolean expires) {
        String path() {
            return StepApi.stepPath(WideModel.NAME, LayerId.parse(layer), direction);
        }
    }

    private static final List<Load> LOADS = List.of(
            new Load("blocks.0.qkv", Direction.FORWARD, WideModel.HIDDEN, 256, true),
            new Load("blocks.0.qkv", Direction.FORWARD, WideModel.HIDDEN, 1024, true),
            new Load("blocks.0.o", Direction.FORWARD, 4, 1024, true),
            new Load("blocks.0.o", Direction.FORWARD, 4, 1024, false));

    private final LongAdder bytes = new LongAdder();
    private final LongAdder steps = new LongAdder();
    private final LongAdder gemmMicros = new LongAdder();
    private final BlobExpiry expiry;

    private ThroughputBenchmark(Path data) throws IOException {
        expiry = new BlobExpiry(new FileBlobStore(data.resolve("blobs")));
    }

    /** @param arguments data folder, connections */
    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        int connections = Integer.parseInt(arguments[1]);
        WideModel.importInto(data);
        try (BenchServer server = BenchServer.start(data, List.of())) {
            System.out.printf(
                    "%d connections, request + answer; GB/s, CPU nanoseconds a byte at the server and at the load generator%n",
                    connections);
            // What the compiler has to do for the first ten thousands of requests is the first load's otherwise.
            new ThroughputBenchmark(data).measure(server, LOADS.getFirst(), connections);
            for (Load load : LOADS) {
                System.out.println(new ThroughputBenchmark(data).measure(server, load, connections));
            }
        }
    }

    private String measure(BenchServer server, Load load, int connections) throws Exception {
        ByteBuffer body = body(load.tokens, load.features);
        long begin = System.nanoTime();
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(connections + 1)) {
            for (int i = 0; i < connections; i++) {
                running.add(threads.submit(() -> send(server, load, body, begin)));
            }
            if (load.expires) {
                running.add(threads.submit(() -> expire(begin)));
            }
            Thread.sleep((long) (WARM_UP_SECONDS * 1000));
            long start = System.nanoTime();
            double serverCpu = server.cpuSeconds();
            double ownCpu = ownCpuSeconds();
            bytes.reset();
            steps.reset();
            gemmMicros.reset();
            Thread.sleep((long) (SECONDS * 1000));
            double seconds = (System.nanoTime() - start) / 1e9;
            double serverNanos = (server.cpuSeconds() - serverCpu) * 1e9;
            double ownNanos = (ownCpuSeconds() - ownCpu) * 1e9;
            double total = bytes.sum();
            long counted = steps.sum();
            double gemm = gemmMicros.sum() / 1e4 / seconds;
            for (Future<?> connection : running) {
                connection.get();
            }
            return "  %s, %4d tokens, %5.1f MB a step%s: %5.2f GB/s, %6.1f steps/s, %.2f ns + %.2f ns, GEMM %2.0f %% of the wall time"
                    .formatted(
                            load.layer + " " + load.direction.label(),
                            load.tokens,
                            total / counted / 1e6,
                            load.expires ? "" : ", every answer kept",
                            total / seconds / 1e9,
                            counted / seconds,
                            serverNanos / total,
                            ownNanos / total,
                            gemm);
        }
    }

    private static boolean running(long begin) {
        return System.nanoTime() - begin < (WARM_UP_SECONDS + SECONDS + 0.5) * 1e9;
    }

    /** What {@code BlobSweep} does, more often. Not at once: a cold server's first steps take a second or two. */
    private Void expire(long begin) throws Exception {
        Thread.sleep(EXPIRY.multipliedBy(2));
        while (running(begin)) {
            expiry.sweep(Instant.now().minus(EXPIRY));
            Thread.sleep(EXPIRY.toMillis() / 4);
        }
        return null;
    }

    private Void send(BenchServer server, Load load, ByteBuffer body, long begin) throws Exception {
        try (StepConnection connection = new StepConnection(server.url(), server.apiKey())) {
            while (running(begin)) {
                StepConnection.Answer answer = connection.step(load.path(), body);
                if (answer.status() != 200) {
                    throw new IllegalStateException("status " + answer.status());
                }
                bytes.add(body.remaining() + answer.answerBytes());
                steps.increment();
                gemmMicros.add(answer.timing().gemm());
            }
        }
        return null;
    }

    private static ByteBuffer body(int tokens, int features) {
        byte[] message = Words.request(1, tokens, features);
        return ByteBuffer.allocateDirect(message.length).put(message).flip();
    }

    private static double ownCpuSeconds() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }
}
