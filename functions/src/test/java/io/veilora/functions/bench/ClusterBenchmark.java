package io.veilora.functions.bench;

import com.sun.management.OperatingSystemMXBean;
import io.veilora.functions.endtoend.Cluster;
import io.veilora.functions.endtoend.ClusterProcess;
import io.veilora.functions.model.FileModelStore;
import io.veilora.protocol.model.ModelManifest;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Steps a second against the number of step functions, each a process with one engine thread ({@code src/bench/cluster}).
 * Broker, gateway, database and the clients run on the same machine: what they take of it is printed beside. Where the
 * machine has no more cores, {@link ReplicaSimulation} goes on with the times measured here.
 */
public final class ClusterBenchmark {
    private static final double WARM_UP_SECONDS = 12;
    private static final double SECONDS = 10;
    private static final List<Integer> REPLICAS = List.of(1, 2, 4);

    /** CPU seconds up to now. */
    private record Cpu(double functions, double gateway, double broker, double clients) {
        double provider() {
            return functions + gateway + broker;
        }

        Cpu perSecondSince(Cpu before, double seconds) {
            return new Cpu(
                    (functions - before.functions) / seconds,
                    (gateway - before.gateway) / seconds,
                    (broker - before.broker) / seconds,
                    (clients - before.clients) / seconds);
        }
    }

    private final Cluster cluster;
    private final ClusterProcess gateway;
    private final ModelManifest model;
    private final int connections;
    private final List<ClusterProcess> functions = new ArrayList<>();
    private double rateOfOne;
    private ReplicaSimulation simulation;

    private ClusterBenchmark(Cluster cluster, ModelManifest model, int connections) throws Exception {
        this.cluster = cluster;
        this.gateway = cluster.gateway("gateway").awaitReady();
        this.model = model;
        this.connections = connections;
    }

    /** @param arguments folder with {@code models}, a model's name, connections */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]).toAbsolutePath();
        try (Cluster cluster = Cluster.start(folder)) {
            ModelManifest model =
                    new FileModelStore(cluster.models()).find(arguments[1]).orElseThrow();
            ClusterBenchmark benchmark = new ClusterBenchmark(cluster, model, Integer.parseInt(arguments[2]));
            System.out.printf(
                    "%s, steps of 256 tokens, %d connections, %d cores%n%n",
                    arguments[1], benchmark.connections, Runtime.getRuntime().availableProcessors());
            System.out.println(
                    "| replicas | steps/s | to one | GEMM | functions | gateway | broker | clients | CPU ms a step |");
            System.out.println("|---|---|---|---|---|---|---|---|---|");
            for (int replicas : REPLICAS) {
                benchmark.measure(replicas);
            }
            benchmark.simulation.print();
        }
    }

    private void measure(int replicas) throws Exception {
        while (functions.size() < replicas) {
            functions.add(cluster.function("function-" + functions.size(), "-XX:ActiveProcessorCount=1")
                    .awaitReady());
        }
        try (ClusterLoad load = new ClusterLoad(model)) {
            load.start(gateway.url(), cluster.apiKey(), connections, cluster.blobs());
            Thread.sleep((long) (WARM_UP_SECONDS * 1000));
            Cpu before = cpu();
            load.reset();
            long start = System.nanoTime();
            Thread.sleep((long) (SECONDS * 1000));
            double seconds = (System.nanoTime() - start) / 1e9;
            Cpu used = cpu().perSecondSince(before, seconds);
            double rate = load.steps() / seconds;
            double gemm = load.gemmSeconds() / seconds;
            rateOfOne = replicas == 1 ? rate : rateOfOne;
            System.out.printf(
                    "| %d | %.1f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.0f |%n",
                    replicas,
                    rate,
                    rate / rateOfOne,
                    gemm,
                    used.functions,
                    used.gateway,
                    used.broker,
                    used.clients,
                    used.provider() / rate * 1000);
            if (replicas == 1) {
                // Busy all the time: what is not GEMM belongs to every step alike.
                simulation = new ReplicaSimulation(load.gemmSecondsByRecordKey(), (1 - gemm) / rate, connections);
            }
        }
    }

    private Cpu cpu() {
        double own =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
        return new Cpu(
                functions.stream().mapToDouble(ClusterProcess::cpuSeconds).sum(),
                gateway.cpuSeconds(),
                cluster.kafka().cpuSeconds(),
                own);
    }
}
