package io.veilora.protocol.step;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Where a step's time at the provider went, in microseconds; travels to the client as a {@code Server-Timing} header
 * (W3C; durations there are milliseconds).
 *
 * @param gemm this step's share of the GEMM of its group
 * @param queue from publication to the start of the GEMM's group: broker and waiting
 * @param store reading the request and storing the answer
 * @param total from the gateway's first byte to its answer; 0 until the gateway knows
 */
public record StepTiming(long gemm, long queue, long store, long total) {

    public StepTiming withTotal(long micros) {
        return new StepTiming(gemm, queue, store, micros);
    }

    public String toHeader() {
        return String.format(
                Locale.ROOT,
                "gemm;dur=%.3f, queue;dur=%.3f, store;dur=%.3f, total;dur=%.3f",
                gemm / 1e3,
                queue / 1e3,
                store / 1e3,
                total / 1e3);
    }

    /** Reads a {@code Server-Timing} header; what is missing or malformed counts as 0. */
    public static StepTiming ofHeader(String header) {
        Map<String, Long> micros = new LinkedHashMap<>();
        for (String metric : (header == null ? "" : header).split(",")) {
            String[] parts = metric.trim().split(";dur=");
            if (parts.length == 2) {
                try {
                    micros.put(parts[0], Math.round(Double.parseDouble(parts[1]) * 1000));
                } catch (NumberFormatException e) {
                    micros.put(parts[0], 0L);
                }
            }
        }
        return new StepTiming(
                micros.getOrDefault("gemm", 0L),
                micros.getOrDefault("queue", 0L),
                micros.getOrDefault("store", 0L),
                micros.getOrDefault("total", 0L));
    }
}
