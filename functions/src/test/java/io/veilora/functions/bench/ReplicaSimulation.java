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
    private static final int[] PARTITIONS = {8, 32};

    /** A batch that ends. */
    private record End(double seconds, int replica, int steps) {}

    private final List<String> recordKeys;
    private final double[] serviceSeconds;
    private final int clientsOfOne;

    /**
     * @param gemmSeconds of one step, by record key
     * @param aroundSeconds of a step at the function beside the GEMM
     * @param clients for one replica; more have as many more
     */
    ReplicaSimulation(Map<String, Double> gemmSeconds, double aroundSeconds, int clients) {
        this.recordKeys = List.copyOf(gemmSeconds.keySet());
        this.serviceSeconds = recordKeys.stream()
                .mapToDouble(key -> gemmSeconds.get(key) + aroundSeconds)
                .toArray();
        this.clientsOfOne = clients;
    }

    void print() {
        System.out.printf(
                "%nsimulated with these times, %d clients for each replica, %d record keys%n%n",
                clientsOfOne, recordKeys.size());
        System.out.println("| replicas | 8 partitions: steps/s | to one | 32 partitions: steps/s | to one |");
        System.out.println("|---|---|---|---|---|");
        double[] one = {rate(1, PARTITIONS[0]), rate(1, PARTITIONS[1])};
        for (int replicas : REPLICAS) {
            double few = rate(replicas, PARTITIONS[0]);
            double many = rate(replicas, PARTITIONS[1]);
            System.out.printf("| %d | %.1f | %.2f | %.1f | %.2f |%n", replicas, few, few / one[0], many, many / one[1]);
        }
    }

    /** Steps a second. */
    private double rate(int replicas, int partitions) {
        Random order = new Random(1);
        List<Queue<Integer>> waiting = new ArrayList<>();
        boolean[] busy = new boolean[replicas];
        PriorityQueue<End> ends = new PriorityQueue<>(Comparator.comparingDouble(End::seconds));
        for (int i = 0; i < replicas; i++) {
            waiting.add(new ArrayDeque<>());
        }
        for (int client = 0; client < clientsOfOne * replicas; client++) {
            send(order, partitions, waiting);
        }
        long done = 0;
        double now = 0;
        while (now < SIMULATED_SECONDS) {
            for (int replica = 0; replica < replicas; replica++) {
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
                send(order, partitions, waiting);
            }
        }
        return done / now;
    }

    private void send(Random order, int partitions, List<Queue<Integer>> waiting) {
        int key = order.nextInt(recordKeys.size());
        byte[] bytes = recordKeys.get(key).getBytes(StandardCharsets.UTF_8);
        int partition = Utils.toPositive(Utils.murmur2(bytes)) % partitions;
        waiting.get(partition % waiting.size()).add(key);
    }

    private End batch(double now, int replica, Queue<Integer> steps) {
        double seconds = 0;
        for (int key : steps) {
            seconds += serviceSeconds[key];
        }
        End end = new End(now + seconds, replica, steps.size());
        steps.clear();
        return end;
    }
}
