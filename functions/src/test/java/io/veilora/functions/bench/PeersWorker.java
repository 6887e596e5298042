package io.veilora.functions.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.management.OperatingSystemMXBean;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.runtime.EngineChoice;
import io.veilora.runtime.GemmShape;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ModularGemms;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Our contestant of {@code src/bench/peers}: a line of JSON on the standard input asks for a measurement, a line answers.
 *
 * <p>{@code {"width", "tokens", "x", "weights", "y"}}: an encrypted product; the last three are files of float32, int8 and
 * float32. {@code {"tenants", "shape"}}: stacked steps of several tenants.
 */
public final class PeersWorker implements AutoCloseable {
    private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final EngineChoice choice = ModularGemms.best();
    private final ModularGemm engine = choice.engine();
    private Path productWeights;
    private EncryptedProduct product;
    private GemmShape tenant;
    private StackedTenants tenants;

    public static void main(String[] arguments) throws IOException {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (PeersWorker worker = new PeersWorker()) {
            for (String line = requests.readLine(); line != null; line = requests.readLine()) {
                System.out.println(
                        ProtocolJson.MAPPER.writeValueAsString(worker.answer(ProtocolJson.MAPPER.readTree(line))));
            }
        }
    }

    private Object answer(JsonNode request) throws IOException {
        return request.has("tenants") ? stackedTenants(request) : encryptedProduct(request);
    }

    private Object stackedTenants(JsonNode request) {
        GemmShape shape = GemmShape.parse(request.path("shape").asText());
        if (!shape.equals(tenant)) {
            if (tenants != null) {
                tenants.close();
            }
            tenants = new StackedTenants(engine, shape);
            tenant = shape;
        }
        return tenants.multiply(request.path("tenants").asInt());
    }

    private Map<String, Object> encryptedProduct(JsonNode request) throws IOException {
        int width = request.path("width").asInt();
        int tokens = request.path("tokens").asInt();
        prepare(Path.of(request.path("weights").asText()), width);
        float[] x = new float[tokens * width];
        ByteBuffer floats =
                ByteBuffer.wrap(Files.readAllBytes(Path.of(request.path("x").asText())));
        floats.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(x);
        float[] y = new float[x.length];

        long cpuStart = system.getProcessCpuTime();
        EncryptedProduct.Cost cost = product.multiply(x, tokens, y);
        double cpuSeconds = (system.getProcessCpuTime() - cpuStart) / 1e9;

        ByteBuffer result = ByteBuffer.allocate(Float.BYTES * y.length).order(ByteOrder.LITTLE_ENDIAN);
        result.asFloatBuffer().put(y);
        Files.write(Path.of(request.path("y").asText()), result.array());
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("encryptSeconds", cost.encryptSeconds());
        answer.put("multiplySeconds", cost.multiplySeconds());
        answer.put("decryptSeconds", cost.decryptSeconds());
        answer.put("seconds", cost.encryptSeconds() + cost.multiplySeconds() + cost.decryptSeconds());
        answer.put("cpuSeconds", cpuSeconds);
        answer.put("bytesUp", cost.bytesUp());
        answer.put("bytesDown", cost.bytesDown());
        answer.put("bytesOnce", product.hintBytes());
        answer.put("engine", engine.name());
        return answer;
    }

    private void prepare(Path weights, int width) throws IOException {
        if (!weights.equals(productWeights)) {
            if (product != null) {
                product.close();
            }
            product = new EncryptedProduct(engine, Files.readAllBytes(weights), width);
            productWeights = weights;
        }
    }

    @Override
    public void close() {
        if (product != null) {
            product.close();
        }
        if (tenants != null) {
            tenants.close();
        }
        engine.close();
    }
}
