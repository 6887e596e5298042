package io.veilora.functions;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.veilora.functions.broker.BrokerSettings;
import io.veilora.functions.broker.EmbeddedBroker;
import io.veilora.functions.model.FileModelStore;
import io.veilora.functions.model.ImportProgress;
import io.veilora.functions.model.ImportRequest;
import io.veilora.functions.model.ModelImporter;
import io.veilora.protocol.wire.Sha256;
import io.veilora.runtime.ScalarGemm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The real broker and an imported tiny model on temporary folders, started as the server command starts them. */
public final class ProviderResource implements QuarkusTestResourceLifecycleManager {
    public static final String ALICE = "key-of-alice";
    public static final String BOB = "key-of-bob";
    public static final String OPERATOR = "key-of-the-operator";
    public static final String MODEL = "tiny";
    public static final int MAX_TOKENS = 1 << 17;

    private EmbeddedBroker broker;

    @Override
    public Map<String, String> start() {
        try {
            Path data = Files.createTempDirectory("veilora-provider-test");
            broker = EmbeddedBroker.start(new BrokerSettings(data.resolve("kafka"), 0));
            Path source = TinyModel.write(data.resolve("source"), 1);
            new ModelImporter(new FileModelStore(data.resolve("models")), new ScalarGemm())
                    .run(ImportRequest.of(source, MODEL), ImportProgress.SILENT);
            Path prices = Files.writeString(data.resolve("prices.json"), """
                    {"currency": "EUR", "versions": [{"version": "1", "from": "2026-01-01T00:00:00Z",
                      "models": {"*": {"perStep": 1}}}]}
                    """);
            return Map.of(
                    "veilora.data", data.toString(),
                    "kafka.bootstrap.servers", broker.bootstrap(),
                    "veilora.tenants.alice.api-key-sha256", digest(ALICE),
                    "veilora.tenants.bob.api-key-sha256", digest(BOB),
                    "veilora.accounts.operators.root.api-key-sha256", digest(OPERATOR),
                    "veilora.billing.prices", prices.toString(),
                    "veilora.gateway.max-tokens", Integer.toString(MAX_TOKENS),
                    "veilora.gateway.max-in-flight", "32",
                    "veilora.gateway.read-patience", "2s");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String digest(String key) {
        return Sha256.hex(key.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void stop() {
        if (broker != null) {
            broker.close();
        }
    }
}
