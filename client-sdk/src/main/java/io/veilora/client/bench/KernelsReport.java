package io.veilora.client.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code bench kernels} found, for people and for programs; headline figures are of the first shapes.
 *
 * @param crypto in the order of the sweep
 * @param gemm a run of the provider's {@code gemm-speed} for each number of threads, one thread first
 */
public record KernelsReport(List<CryptoBench.Result> crypto, List<JsonNode> gemm, Machine machine) {
    /** DESIGN §8: encrypt and decrypt together, at 1024 tokens or more. */
    private static final double CRYPTO_TARGET_NANOS = 3;
    /** DESIGN §8: half of a hand-written VNNI kernel's 127 on AMD's Zen 5; {@code src/bench/gemm} measures it elsewhere. */
    private static final double GEMM_TARGET_GMAC = 64;

    /**
     * Where and how it was measured.
     *
     * @param loadAtStart the system's load average; negative if it does not tell
     * @param seconds all of it took
     */
    public record Machine(
            String processor, int cores, int vectorBits, String java, double loadAtStart, double seconds) {}

    /** Whether every answer decrypted within the noise; a wrong product would have ended the provider's command. */
    public boolean isExact() {
        return crypto.stream().allMatch(CryptoBench.Result::isExact);
    }

    public double cryptoNanosPerValuePerCore() {
        return crypto.getFirst().nanosPerValue();
    }

    public double gemmGmacPerSecondPerCore() {
        return gemm.getFirst().at("/speeds/0/gmacPerSecondPerCore").asDouble();
    }

    public String gemmEngine() {
        return gemm.getLast().path("engine").asText();
    }

    /** The table, a line each. */
    public String text() {
        List<String> lines = new ArrayList<>();
        add(
                lines,
                "%s, %d cores, %s; load %.1f at the start",
                machine.processor(),
                machine.cores(),
                machine.java(),
                machine.loadAtStart());
        add(lines, "");
        add(lines, "client cryptography, ns per value and core, %d-bit vectors", machine.vectorBits());
        add(
                lines,
                "%7s %9s %6s %6s %9s %9s %9s %8s",
                "tokens",
                "features",
                "hint",
                "cores",
                "encrypt",
                "decrypt",
                "mean",
                "error");
        for (CryptoBench.Result result : crypto) {
            CryptoBench.Shape shape = result.shape();
            add(
                    lines,
                    "%7d %9d %6s %6d %9.2f %9.2f %9.2f    2^%.1f",
                    shape.tokens(),
                    shape.features(),
                    shape.hintKept() ? "kept" : "fresh",
                    shape.cores(),
                    result.encryptNanos(),
                    result.decryptNanos(),
                    result.nanosPerValue(),
                    result.log2Error());
        }
        addGemm(lines);
        add(lines, "");
        add(lines, "%-28s %8s %8s", "DESIGN §8", "measured", "target");
        add(lines, "%-28s %8.2f %8s", "crypto, ns per value", cryptoNanosPerValuePerCore(), "≤ " + CRYPTO_TARGET_NANOS);
        add(lines, "%-28s %8.1f %8s", "gemm, GMAC/s per core", gemmGmacPerSecondPerCore(), "≥ " + GEMM_TARGET_GMAC);
        add(lines, isExact() ? "every answer was checked" : "WRONG: an answer did not decrypt");
        return String.join("\n", lines) + "\n";
    }

    private void addGemm(List<String> lines) {
        add(lines, "");
        add(lines, "provider's engine: %s", gemmEngine());
        add(
                lines,
                "%-18s %-8s %7s %6s %12s %18s",
                "T x d_in x d_out",
                "",
                "threads",
                "calls",
                "GMAC/s",
                "GMAC per CPU second");
        for (JsonNode run : gemm) {
            for (JsonNode speed : run.path("speeds")) {
                String shape = "%dx%dx%d"
                        .formatted(
                                speed.path("tokens").asInt(),
                                speed.path("inputFeatures").asInt(),
                                speed.path("outputFeatures").asInt());
                add(
                        lines,
                        "%-18s %-8s %7d %6d %12.1f %18.1f",
                        shape,
                        speed.path("direction").asText(),
                        run.path("threads").asInt(),
                        speed.path("calls").asInt(),
                        speed.path("gmacPerSecond").asDouble(),
                        speed.path("gmacPerSecondPerCore").asDouble());
            }
        }
    }

    private static void add(List<String> lines, String format, Object... values) {
        lines.add(String.format(Locale.ROOT, format, values).stripTrailing());
    }

    /** The figures by name. */
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("cryptoNanosPerValuePerCore", cryptoNanosPerValuePerCore());
        json.put("gemmGmacPerSecondPerCore", gemmGmacPerSecondPerCore());
        json.put("gemmEngine", gemmEngine());
        json.put("cryptoTargetNanos", CRYPTO_TARGET_NANOS);
        json.put("gemmTargetGmac", GEMM_TARGET_GMAC);
        json.put("answersChecked", isExact());
        json.put("machine", machine);
        json.put("crypto", crypto);
        json.put("gemm", gemm);
        return json;
    }
}
