package io.veilora.functions.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.utils.Utils;

/**
 * What more replicas would bring if each had a core of its own, and gateway, broker and clients too. Clients send one step
 * after the other, of a random layer and direction; a record key's partition is Kafka's own choice; partitions are shared
 * out evenly; a replica takes all steps that wait for it as a batch and answers them together at its end. Nothing else:
 * no network, no store, no rebalance.
 */
final class ReplicaSimulation {
    private static final double SIMULATED_SECONDS = 300;
    private static final int[] REPLICAS = {1, 2, 4, 8, 16};

    /** Blocks of the measured model, and of one that is as long as Llama-3.2-1B. */
    private static final int FEW_BLOCKS = 2;

    private static final int MANY_BLOCKS = 16;
    private static final int FEW_PARTITIONS = 8;
    private static final int MANY_PARTITIONS = 64;

    private static final Pattern BLOCK = Pattern.compile("blocks\\.([0-9]+)\\.");

    /** A batch that ends. */
    private record End(double seconds, int replica, int steps) {}

    private final Map<String, Double> gemmSeconds;
    private final double aroundSeconds;
    private final int clientsOfOne;

    /**
     * @param gemmSeconds of one step, by record key, of a model of two blocks
     * @param aroundSeconds of a step at the function beside the GEMM
     * @param clients for one replica; more have as many more
     */
    ReplicaSimulation(Map<String, Double> gemmSeconds, double aroundSeconds, int clients) {
        this.gemmSeconds = new TreeMap<>(gemmSeconds);
        this.aroundSeconds = aroundSeconds;
        this.clientsOfOne = clients;
    }

    void print() {
        System.out.printf(
                "%nsimulated: these GEMM times and %.1f ms around each, %d clients for each replica; steps/s, to one%n%n",
                aroundSeconds * 1000, clientsOfOne);
        System.out.println(
                "| replicas | 2 blocks, 8 partitions | 16 blocks, 8 partitions | 16 blocks, 64 partitions |");
        System.out.println("|---|---|---|---|");
        for (int replicas : REPLICAS) {
            System.out.printf(
                    "| %d | %s | %s | %s |%n",
                    replicas,
                    cell(replicas, FEW_BLOCKS, FEW_PARTITIONS),
                    cell(replicas, MANY_BLOCKS, FEW_PARTITIONS),
                    cell(replicas, MANY_BLOCKS, MANY_PARTITIONS));
        }
    }

    private String cell(int replicas, int blocks, int partitions) {
        double rate = new Run(blocks, partitions, replicas).rate();
        return "%.1f, %.2f".formatted(rate, rate / new Run(blocks, partitions, 1).rate());
    }

    /** One cluster. */
    private final class Run {
        private final List<String> recordKeys = new ArrayList<>();
        private final List<Double> serviceSeconds = new ArrayList<>();
        private final List<Queue<Integer>> waiting = new ArrayList<>();
        private final boolean[] busy;
        private final PriorityQueue<End> ends = new PriorityQueue<>(Comparator.comparingDouble(End::seconds));
        private final Random order = new Random(1);
        private final int partitions;

        Run(int blocks, int partitions, int replicas) {
            this.partitions = partitions;
            this.busy = new boolean[replicas];
            gemmSeconds.forEach((key, seconds) -> {
                for (int block = 0; block < blocks; block += FEW_BLOCKS) {
                    addKey(key, block, seconds);
                }
            });
            for (int i = 0; i < replicas; i++) {
                waiting.add(new ArrayDeque<>());
            }
        }

        /** The same layer so many blocks later; lm_head is there once. */
        private void addKey(String key, int later, double seconds) {
            Matcher block = BLOCK.matcher(key);
            if (!block.find() && later > 0) {
                return;
            }
            recordKeys.add(
                    later == 0
                            ? key
                            : block.replaceFirst("blocks." + (Integer.parseInt(block.group(1)) + later) + "."));
            serviceSeconds.add(seconds + aroundSeconds);
        }

        /** Steps a second. */
        double rate() {
            for (int client = 0; client < clientsOfOne * busy.length; client++) {
                send();
            }
            long done = 0;
            double now = 0;
            while (now < SIMULATED_SECONDS) {
                for (int replica = 0; replica < busy.length; replica++) {
                    if (!busy[replica] && !waiting.get(replica).isEmpty()) {
                        busy[replica] = true;
                        ends.add(batch(now, replica, waiting.get(replica)));
                    }
                }
                End end = ends.remove();
                now = end.seconds;
                busy[end.replica] = false;
                done += end.steps;
                for (int i = 0; i < end.steps; i++) {
                    send();
                }
            }
            return done / now;
        }

        private void send() {
            int key = order.nextInt(recordKeys.size());
            byte[] bytes = recordKeys.get(key).getBytes(StandardCharsets.UTF_8);
            int partition = Utils.toPositive(Utils.murmur2(bytes)) % partitions;
            waiting.get(partition % busy.length).add(key);
        }

        private End batch(double now, int replica, Queue<Integer> steps) {
            double seconds = steps.stream().mapToDouble(serviceSeconds::get).sum();
            End end = new End(now + seconds, replica, steps.size());
            steps.clear();
            return end;
        }
    }
}
