package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.BaseModel;
import io.veilora.client.bundle.ModelBundle;
import io.veilora.client.bundle.ModelDownload;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.HttpStepTransport;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.functions.model.FileModelStore;
import io.veilora.functions.model.ImportProgress;
import io.veilora.functions.model.ImportRequest;
import io.veilora.functions.model.ModelImporter;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ModularGemms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A model of every family as transformers saved it, imported, downloaded and computed through the real server under
 * encryption with an adapter of PEFT's: the logits are PyTorch's but for int8 weights and noise.
 */
class FamiliesIT {
    /** Written by the client's {@code make_reference.py}. */
    private static final Path MODELS = Path.of("../client-sdk/src/test/resources/reference/models");

    /** 2^-5.4 is the largest effect of int8 weights that the client's FamilyEncryptionTest prints. */
    private static final double INT8_BOUND = 1 / 32.0;

    @TempDir
    Path folder;

    @Test
    void logitsUnderEncryptionAreThoseOfPyTorchButForInt8Weights() throws Exception {
        try (SampleProvider provider = SampleProvider.imported(folder)) {
            List<Path> cases = cases();
            importAll(cases, provider.data().resolve("models"));
            provider.start();
            try (ProviderConnection connection = new ProviderConnection(
                    provider.url(), provider.apiKey(), Duration.ofMinutes(1), ConnectionListener.SILENT)) {
                for (Path model : cases) {
                    String name = model.getFileName().toString();
                    double difference = difference(connection, model, name);
                    System.out.printf("%s: relative difference of the logits %.4f%n", name, difference);
                    assertThat(difference).as(name).isBetween(1e-4, INT8_BOUND);
                }
            }
        }
    }

    private static List<Path> cases() throws IOException {
        try (Stream<Path> folders = Files.list(MODELS)) {
            return folders.sorted().toList();
        }
    }

    private static void importAll(List<Path> cases, Path models) throws IOException {
        try (ModularGemm engine = ModularGemms.best().engine()) {
            ModelImporter importer = new ModelImporter(new FileModelStore(models), engine);
            for (Path model : cases) {
                importer.run(ImportRequest.of(model, model.getFileName().toString()), ImportProgress.SILENT);
            }
        }
    }

    private double difference(ProviderConnection connection, Path model, String name) throws IOException {
        ModelDownload download = new ModelDownload(connection, folder.resolve("cache"));
        try (ModelBundle bundle = download.open(download.manifest(name), (bytes, total) -> {});
                BaseModel base = BaseModel.encrypted(bundle, new HttpStepTransport(connection, bundle.manifest()));
                Safetensors expected = Safetensors.open(model.resolve("expected.safetensors"))) {
            Adapter adapter = PeftFiles.read(model.resolve("adapter"), base.config());
            int[][] sequences = ProtocolJson.MAPPER.convertValue(
                    ProtocolJson.MAPPER
                            .readTree(model.resolve("expected.json").toFile())
                            .get("tokens"),
                    int[][].class);
            PackedBatch batch = PackedBatch.of(List.of(sequences), List.of(sequences));
            int[] everyRow = IntStream.range(0, batch.tokenCount()).toArray();
            float[] logits = base.with(adapter).logits(batch, everyRow);
            return difference(logits, expected.tensors().get("logits").floats());
        }
    }

    private static double difference(float[] got, float[] expected) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(got[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(error / norm);
    }
}
