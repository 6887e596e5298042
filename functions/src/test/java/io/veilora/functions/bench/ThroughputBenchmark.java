package io.veilora.functions.bench;

import com.sun.management.OperatingSystemMXBean;
import io.veilora.functions.Words;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.step.StepApi;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bytes of requests and answers a second through the whole provider on loopback: HTTP, blob store, event, function, blob
 * store, HTTP ({@code src/bench/gateway}). The model is {@link WideModel}, so that the GEMM is a small part; it is in the
 * figures. The load generator runs on the same cores: its CPU time is printed beside the server's.
 */
public final class ThroughputBenchmark {
    private static final double WARM_UP_SECONDS = 6;
    private static final double SECONDS = 5;

    /** One kind of step: where the bytes are. */
    private record Load(String layer, Direction direction, int features, int tokens) {
        String path() {
            return StepApi.stepPath(WideModel.NAME, LayerId.parse(layer), direction);
        }
    }

    private static final List<Load> LOADS = List.of(
            new Load("blocks.0.qkv", Direction.FORWARD, WideModel.HIDDEN, 256),
            new Load("blocks.0.qkv", Direction.FORWARD, WideModel.HIDDEN, 1024),
            new Load("blocks.0.o", Direction.FORWARD, 4, 1024));

    private final LongAdder bytes = new LongAdder();
    private final LongAdder steps = new LongAdder();
    private final LongAdder gemmMicros = new LongAdder();

    private ThroughputBenchmark() {}

    /** @param arguments data folder, connections */
    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[0]);
        int connections = Integer.parseInt(arguments[1]);
        WideModel.importInto(data);
        try (BenchServer server = BenchServer.start(data, List.of())) {
            System.out.printf(
                    "%d connections, request + answer; GB/s, CPU nanoseconds a byte at the server and at the load generator%n",
                    connections);
            for (Load load : LOADS) {
                new ThroughputBenchmark().measure(server, load, connections);
            }
        }
    }

    private void measure(BenchServer server, Load load, int connections) throws Exception {
        ByteBuffer body = body(load.tokens, load.features);
        long begin = System.nanoTime();
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            for (int i = 0; i < connections; i++) {
                running.add(threads.submit(() -> send(server, load, body, begin)));
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
            double total = bytes.sum();
            System.out.printf(
                    "  %s, %4d tokens, %5.1f MB a step: %5.2f GB/s, %6.1f steps/s, %.2f ns + %.2f ns, GEMM %2.0f %% of the wall time%n",
                    load.layer + " " + load.direction.label(),
                    load.tokens,
                    total / steps.sum() / 1e6,
                    total / seconds / 1e9,
                    steps.sum() / seconds,
                    (server.cpuSeconds() - serverCpu) * 1e9 / total,
                    (ownCpuSeconds() - ownCpu) * 1e9 / total,
                    gemmMicros.sum() / 1e4 / seconds);
            for (Future<?> connection : running) {
                connection.get();
            }
        }
    }

    private Void send(BenchServer server, Load load, ByteBuffer body, long begin) throws Exception {
        try (StepConnection connection = new StepConnection(server.url(), server.apiKey())) {
            while (System.nanoTime() - begin < (WARM_UP_SECONDS + SECONDS + 0.5) * 1e9) {
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
