package io.veilora.client.bundle;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.ProviderConnection;
import io.veilora.client.transport.ScriptedGateway;
import io.veilora.client.transport.ScriptedGateway.Received;
import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ModelDownloadTest {
    private static final String HINT = "layers/lm_head.forward.hint";

    private static OpenModel model;

    @TempDir
    Path cache;

    @BeforeAll
    static void publish() throws IOException {
        model = OpenModel.random(OpenModel.smallConfig(), 1);
    }

    private static ProviderConnection connect(ScriptedGateway gateway) {
        return new ProviderConnection(gateway.uri(), "vk", Duration.ofSeconds(20), ConnectionListener.SILENT);
    }

    private void download(ScriptedGateway gateway, ModelManifest manifest) {
        try (ProviderConnection connection = connect(gateway)) {
            new ModelDownload(connection, cache)
                    .open(manifest, (bytes, total) -> {})
                    .close();
        }
    }

    private Path local(String path) {
        ModelManifest manifest = model.manifest();
        return cache.resolve(manifest.modelDigest().substring(0, 16) + "-" + manifest.epoch())
                .resolve(path);
    }

    private static Path part(Path file) {
        return file.resolveSibling(file.getFileName() + ".part");
    }

    private void assertEverythingIsThere() throws IOException {
        for (var file : model.files().entrySet()) {
            assertThat(Files.readAllBytes(local(file.getKey()))).isEqualTo(file.getValue());
            assertThat(part(local(file.getKey()))).doesNotExist();
        }
    }

    private static List<Received> requestsOf(ScriptedGateway gateway, String file) {
        return gateway.received().stream()
                .filter(request -> request.path().endsWith("/files/" + file))
                .toList();
    }

    @Test
    void aModelIsFetchedOnceWithProgressAndOpens() throws IOException {
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model));
                ProviderConnection connection = connect(gateway)) {
            ModelDownload download = new ModelDownload(connection, cache);
            ModelManifest manifest = download.manifest("open");
            assertThat(manifest).isEqualTo(model.manifest());
            List<Long> progress = new ArrayList<>();
            try (ModelBundle bundle = download.open(manifest, (bytes, total) -> progress.add(bytes))) {
                LayerId layer = LayerId.parse("blocks.0.down");
                assertThat(bundle.scales(layer)).isEqualTo(model.scales(layer));
                for (Direction direction : Direction.values()) {
                    assertThat(bundle.hint(layer, direction).mismatch(model.hint(layer, direction)))
                            .isEqualTo(-1);
                }
                assertThat(bundle.file(ModelManifest.TOKENIZER)).hasContent("{}");
            }
            assertThat(progress).isSorted().hasSize(model.files().size());
            assertThat(progress.getLast()).isEqualTo(ModelDownload.bytes(manifest));
            int requests = gateway.received().size();
            download.open(manifest, (bytes, total) -> {}).close();
            assertThat(gateway.received()).hasSize(requests);
        }
        assertEverythingIsThere();
    }

    @Test
    void aDownloadGoesOnWhereItsPartStopped() throws IOException {
        Path part = part(local(HINT));
        Files.createDirectories(part.getParent());
        Files.write(part, Arrays.copyOf(model.files().get(HINT), 1000));
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model))) {
            download(gateway, model.manifest());
            assertThat(requestsOf(gateway, HINT)).hasSize(1);
            assertThat(requestsOf(gateway, HINT).getFirst().header("Range")).isEqualTo("bytes=1000-");
        }
        assertEverythingIsThere();
    }

    @Test
    void aConnectionThatBreaksIsResumedFromTheBytesThatCame() throws IOException {
        byte[] config = model.files().get("client.safetensors");
        Reply whole = FileServer.of(model);
        boolean[] broken = new boolean[1];
        Reply breaksOnce = exchange -> {
            if (!exchange.getRequestURI().getPath().endsWith("client.safetensors") || broken[0]) {
                whole.answer(exchange);
                return;
            }
            broken[0] = true;
            exchange.sendResponseHeaders(206, config.length);
            OutputStream out = exchange.getResponseBody();
            out.write(config, 0, 300);
            out.flush();
        };
        try (ScriptedGateway gateway = ScriptedGateway.start(breaksOnce)) {
            download(gateway, model.manifest());
            assertThat(requestsOf(gateway, "client.safetensors").stream().map(request -> request.header("Range")))
                    .hasSize(2)
                    .startsWith("bytes=0-");
        }
        assertEverythingIsThere();
    }

    @Test
    void aProviderWithoutRangesSendsTheFileAnew() throws IOException {
        Path part = part(local(HINT));
        Files.createDirectories(part.getParent());
        Files.write(part, new byte[1000]);
        try (ScriptedGateway gateway = ScriptedGateway.start(new FileServer(model, model.files(), false))) {
            download(gateway, model.manifest());
        }
        assertEverythingIsThere();
    }

    @Test
    void aPartThatIsLongerThanTheFileIsThrownAway() throws IOException {
        Path part = part(local("config.json"));
        Files.createDirectories(part.getParent());
        Files.write(part, new byte[100]);
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model))) {
            download(gateway, model.manifest());
        }
        assertEverythingIsThere();
    }

    @Test
    void aFileWithAWrongDigestIsACorruptModelAndItsPartIsRemoved() throws IOException {
        Map<String, byte[]> damaged = new HashMap<>(model.files());
        byte[] hint = damaged.get(HINT).clone();
        hint[hint.length / 2] ^= 1;
        damaged.put(HINT, hint);
        try (ScriptedGateway gateway = ScriptedGateway.start(new FileServer(model, damaged, true))) {
            assertProblem(ProblemCode.CORRUPT_MODEL, () -> download(gateway, model.manifest()))
                    .contains("model 'open'", HINT, "digest");
            assertThat(requestsOf(gateway, HINT)).hasSize(1);
        }
        assertThat(local(HINT)).doesNotExist();
        assertThat(part(local(HINT))).doesNotExist();
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model))) {
            download(gateway, model.manifest());
        }
        assertEverythingIsThere();
    }

    @Test
    void aProviderThatNeverStopsSendingIsACorruptModel() throws IOException {
        AtomicBoolean sentAll = new AtomicBoolean();
        Reply endless = exchange -> {
            exchange.sendResponseHeaders(206, 0); // chunked
            byte[] chunk = new byte[1 << 16];
            for (int i = 0; i < 1000; i++) {
                exchange.getResponseBody().write(chunk);
            }
            sentAll.set(true);
        };
        try (ScriptedGateway gateway = ScriptedGateway.start(endless)) {
            assertProblem(ProblemCode.CORRUPT_MODEL, () -> download(gateway, model.manifest()))
                    .contains("config.json");
        }
        assertThat(sentAll).isFalse();
        assertThat(part(local("config.json"))).doesNotExist();
    }

    private static ModelManifest withTokenizer(StoredFile file) {
        ModelManifest manifest = model.manifest();
        Map<String, StoredFile> files = new HashMap<>(manifest.clientFiles());
        files.put(ModelManifest.TOKENIZER, file);
        return new ModelManifest(
                manifest.formatVersion(),
                manifest.model(),
                manifest.parameters(),
                manifest.epoch(),
                manifest.modelDigest(),
                manifest.config(),
                manifest.layers(),
                files);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "layers/../../evil", "/tmp/veilora-evil", ".", "layers/..", ""})
    void aFileOutsideTheModelsFolderIsRefusedBeforeAnythingIsFetched(String path) throws IOException {
        StoredFile original = model.manifest().clientFiles().get(ModelManifest.TOKENIZER);
        ModelManifest evil = withTokenizer(new StoredFile(path, original.bytes(), original.sha256()));
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model))) {
            assertProblem(ProblemCode.CORRUPT_MODEL, () -> download(gateway, evil))
                    .contains("outside the model's folder");
            assertThat(gateway.received()).isEmpty();
        }
        assertThat(cache.resolve("evil")).doesNotExist();
        assertThat(Path.of("/tmp/veilora-evil")).doesNotExist();
    }

    @Test
    void aCacheNamedByAWindingPathWorks() throws IOException {
        Path winding = cache.resolve("a").resolve("..").resolve(".").resolve("models");
        Files.createDirectories(cache.resolve("a"));
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model));
                ProviderConnection connection = connect(gateway)) {
            new ModelDownload(connection, winding)
                    .open(model.manifest(), (bytes, total) -> {})
                    .close();
        }
        assertThat(cache.resolve("models")).isNotEmptyDirectory();
    }

    @Test
    void aModelThatDoesNotFitIsRefusedBeforeAnythingIsFetched() {
        ModelManifest huge = withTokenizer(new StoredFile("tokenizer.json", 1L << 60, "00".repeat(32)));
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model))) {
            assertProblem(ProblemCode.DISK_FULL, () -> download(gateway, huge)).contains("'open'", "--cache");
            assertThat(gateway.received()).isEmpty();
        }
    }

    @Test
    void aManifestThatContradictsItselfIsRefused() throws IOException {
        ModelManifest manifest = model.manifest();
        OpenModel other = new OpenModel(
                new ModelManifest(
                        ModelManifest.FORMAT_VERSION,
                        "open",
                        manifest.parameters(),
                        1,
                        "00".repeat(32),
                        manifest.config(),
                        manifest.layers(),
                        manifest.clientFiles()),
                model.weights(),
                model.files());
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(other));
                ProviderConnection connection = connect(gateway)) {
            assertProblem(ProblemCode.CORRUPT_MODEL, () -> new ModelDownload(connection, cache).manifest("open"))
                    .contains("model digest");
        }
    }
}
