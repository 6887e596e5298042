package io.veilora.client.bench.growth;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What the page takes from measurements: an optimizer step of Llama-3.2-1B ({@code bench step}) and the kernels
 * ({@code bench kernels}).
 */
final class Measured {
    static final String STEP = "step.json";
    static final String KERNELS = "kernels.json";

    private final JsonNode step;
    private final JsonNode kernels;
    private final TokenWork work;

    /** @param work of the step's model */
    Measured(JsonNode step, JsonNode kernels, TokenWork work) {
        this.step = step;
        this.kernels = kernels;
        this.work = work;
    }

    /** A row of the page's first table. */
    record Row(String what, double value, String unit, String source) {}

    private double stepTokens() {
        return number(step, "tokens");
    }

    /** All that a client's process does, cryptography and local math and HTTP, spread over the values that it sends and gets. */
    double clientSecondsPerValue() {
        return number(step, "clientCpuSeconds") / (stepTokens() * work.values());
    }

    /** Client and provider in one process, float32. */
    double clearSecondsPerProduct() {
        return number(step, "clearCpuSeconds") / (stepTokens() * work.products());
    }

    double cpuProductsPerSecond() {
        return 1e9 * number(kernels, "gemmGmacPerSecondPerCore");
    }

    /** Gateway, stores, broker, step function and codec: what the provider's process did beside the GEMM. */
    double providerSecondsPerByte() {
        double gemm = stepTokens() * work.products() / cpuProductsPerSecond();
        double others = number(step, "providerCpuSeconds") - gemm;
        if (others <= 0) {
            throw new IllegalStateException(STEP + " and " + KERNELS + " are not of one machine and one version");
        }
        return others / (stepTokens() * work.bytes());
    }

    double bytesPerToken() {
        return number(step, "bytesPerToken");
    }

    private double crypto(boolean kept) {
        for (JsonNode result : kernels.path("crypto")) {
            JsonNode shape = result.path("shape");
            if (shape.path("hintKept").asBoolean() == kept
                    && shape.path("cores").asInt() == 1) {
                return (number(result, "encryptNanos") + number(result, "decryptNanos"))
                        / 2e9; // the first: the headline
            }
        }
        throw new IllegalStateException(KERNELS + ": no cryptography with one core and hintKept = " + kept);
    }

    double cryptoSecondsPerValueKept() {
        return crypto(true);
    }

    double cryptoSecondsPerValueFresh() {
        return crypto(false);
    }

    List<Row> rows() {
        String stepFile = "`" + STEP + "`";
        String kernelsFile = "`" + KERNELS + "`";
        List<Row> rows = new ArrayList<>();
        rows.add(new Row("traffic, 1B", bytesPerToken(), "bytes a token", stepFile + ", bytesPerToken"));
        rows.add(new Row(
                "client's process, 1B",
                clientSecondsPerValue() * 1e9,
                "CPU ns a value",
                stepFile + ", clientCpuSeconds / values"));
        rows.add(new Row(
                "the same step in clear, 1B",
                clearSecondsPerProduct() * 1e12,
                "CPU ps a product",
                stepFile + ", clearCpuSeconds / products"));
        rows.add(new Row(
                "provider beside the GEMM, 1B",
                providerSecondsPerByte() * 1e9,
                "CPU ns a byte",
                stepFile + ", (providerCpuSeconds − products / GEMM speed) / bytes"));
        rows.add(new Row(
                "GEMM on a core",
                cpuProductsPerSecond(),
                "products/s",
                kernelsFile + ", gemmGmacPerSecondPerCore; "
                        + kernels.path("gemmEngine").asText()));
        rows.add(new Row(
                "cryptography, hint kept",
                cryptoSecondsPerValueKept() * 1e9,
                "CPU ns a value",
                kernelsFile + ", crypto, the first with hintKept"));
        rows.add(new Row(
                "cryptography, hint fresh",
                cryptoSecondsPerValueFresh() * 1e9,
                "CPU ns a value",
                kernelsFile + ", crypto, the first without"));
        return rows;
    }

    private static double number(JsonNode node, String field) {
        if (!node.path(field).isNumber()) {
            throw new IllegalStateException(
                    "no number '" + field + "' in " + node.toString().substring(0, 80) + " …");
        }
        return node.path(field).asDouble();
    }
}
