package io.veilora.client.bench.growth;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a model costs, computed from the shapes, what was measured and what is assumed. */
final class Growth {
    private static final double BLOCK = 256;
    private static final double TOKENS = 1e6;
    private static final String GPUS = "GPUs";

    private final TokenWork work;
    private final Measured measured;
    private final JsonNode assumptions;

    Growth(TokenWork work, Measured measured, JsonNode assumptions) {
        this.work = work;
        this.measured = measured;
        this.assumptions = assumptions;
    }

    private double assumed(String name) {
        JsonNode value = assumptions.path(name).path("value");
        if (!value.isNumber()) {
            throw new IllegalStateException("assumptions.json: no value of '" + name + "'");
        }
        return value.asDouble();
    }

    private double gpuSeconds() {
        double operations = 2 * assumed("limbs") * work.products();
        return operations / (assumed("gpuInt8PeakOpsPerSecond") * assumed("gpuEfficiency"));
    }

    private double plainGpuSeconds() {
        return 2 * work.products() / (assumed("gpuBf16PeakFlops") * assumed("gpuEfficiency"));
    }

    private double linkSeconds() {
        return Math.max(work.bytesUp(), work.bytesDown()) / assumed("gpuLinkBytesPerSecond");
    }

    private double networkSeconds() {
        return assumed("networkCrossings")
                * Math.max(work.bytesUp(), work.bytesDown())
                / assumed("gpuNetworkBytesPerSecond");
    }

    private double hostSeconds() {
        return work.bytes() * measured.providerSecondsPerByte();
    }

    private double clientSeconds() {
        return work.values() * measured.clientSecondsPerValue();
    }

    private double stepsPerToken() {
        return work.calls() / BLOCK;
    }

    /** Quantity with its formula, and its amount for a million tokens. */
    Map<String, Double> millionTokens() {
        Map<String, Double> rows = new LinkedHashMap<>();
        rows.put("bytes up | 4 · Σ (d_in + d_out)", TOKENS * work.bytesUp());
        rows.put("bytes down | 2 · Σ (d_out + d_in)", TOKENS * work.bytesDown());
        rows.put("products mod q | 2 · Σ d_in · d_out", TOKENS * work.products());
        rows.put("GPU seconds | 2 · limbs · products / (int8 peak · efficiency)", TOKENS * gpuSeconds());
        rows.put(
                "GPU seconds of the plain bf16 GEMMs | 2 · products / (bf16 peak · efficiency)",
                TOKENS * plainGpuSeconds());
        rows.put(
                "seconds of a GPU's PCIe link | bytes up / link, the other way runs beside it", TOKENS * linkSeconds());
        rows.put("seconds of a GPU's network port | crossings · bytes up / port", TOKENS * networkSeconds());
        rows.put("provider's CPU seconds beside the GEMM | bytes · measured", TOKENS * hostSeconds());
        rows.put("steps | calls / 256", TOKENS * stepsPerToken());
        rows.put("broker's events | steps · 2", TOKENS * stepsPerToken() * assumed("eventsPerStep"));
        rows.put("client's CPU seconds, all | values · measured", TOKENS * clientSeconds());
        rows.put(
                "of it cryptography, hint kept | values · measured",
                TOKENS * work.values() * measured.cryptoSecondsPerValueKept());
        rows.put(
                "of it cryptography, hint fresh | values · measured",
                TOKENS * work.values() * measured.cryptoSecondsPerValueFresh());
        rows.put(
                "CPU seconds to do it all in clear | products · measured",
                TOKENS * work.products() * measured.clearSecondsPerProduct());
        rows.put(
                "seconds of a tenant's link | bytes up / link",
                TOKENS * work.bytesUp() / assumed("tenantLinkBytesPerSecond"));
        return rows;
    }

    /** Once a model. */
    Map<String, Double> once() {
        Map<String, Double> rows = new LinkedHashMap<>();
        rows.put("int8 weights, bytes at the provider | Σ d_in · d_out", (double) work.weights());
        rows.put(
                "GPUs that hold them | weights / memory, rounded up",
                Math.ceil(work.weights() / assumed("gpuMemoryBytes")));
        rows.put("hints, bytes | 3840 · Σ (d_in + d_out)", (double) work.hintBytes());
        rows.put("client's disk, bytes | hints + embedding in bf16", (double) work.hintBytes() + work.embeddingBytes());
        rows.put(
                "seconds to fetch it | disk / tenant's link",
                (work.hintBytes() + work.embeddingBytes()) / assumed("tenantLinkBytesPerSecond"));
        rows.put(
                "tokens after which the hints are a tenth of the traffic | 10 · hints / bytes a token",
                10 * work.hintBytes() / work.bytes());
        return rows;
    }

    /** Tokens a second that each resource of the whole fleet allows; the tenants' first. */
    Map<String, Double> limits() {
        double gpus = assumed("gpus");
        double tenants = assumed("tenants");
        double events = assumed("brokers") * assumed("eventsPerBrokerSecond");
        Map<String, Double> rows = new LinkedHashMap<>();
        rows.put(
                "tenants' links",
                tenants * assumed("tenantLinkBytesPerSecond") / Math.max(work.bytesUp(), work.bytesDown()));
        rows.put("tenants' cores", tenants * assumed("tenantCores") / clientSeconds());
        rows.put("provider's cores beside the GEMM", gpus * assumed("coresPerGpu") / hostSeconds());
        rows.put("brokers", events / (assumed("eventsPerStep") * stepsPerToken()));
        rows.put("provider's network", gpus / networkSeconds());
        rows.put("PCIe links", gpus / linkSeconds());
        rows.put(GPUS, gpus / gpuSeconds());
        return rows;
    }

    /** What follows from the limits. */
    Map<String, Double> consequences() {
        Map<String, Double> limits = limits();
        double tenantsAllow = Math.min(limits.get("tenants' links"), limits.get("tenants' cores"));
        double gpusAllow = limits.get(GPUS);
        Map<String, Double> rows = new LinkedHashMap<>();
        rows.put("GPUs that these tenants keep busy", assumed("gpus") * tenantsAllow / gpusAllow);
        rows.put("tenants that would keep all GPUs busy", assumed("tenants") * gpusAllow / tenantsAllow);
        rows.put("CPU cores beside the GEMM for each busy GPU", hostSeconds() / gpuSeconds());
        rows.put("PCIe links for each busy GPU", linkSeconds() / gpuSeconds());
        rows.put("network ports for each busy GPU", networkSeconds() / gpuSeconds());
        rows.put("tokens/s of one tenant", tenantsAllow / assumed("tenants"));
        return rows;
    }
}
