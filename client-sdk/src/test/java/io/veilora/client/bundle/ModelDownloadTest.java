package io.veilora.client.bundle;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.client.bundle.FileServer.Ranges;
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
import io.veilora.protocol.wire.HintCodec;
import io.veilora.protocol.wire.ProtocolJson;
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
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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

    private static final String UNUSED = "layers/blocks.0.qkv.backward.hint";

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

    private void download(ScriptedGateway gateway, ModelManifest manifest) throws IOException {
        try (ProviderConnection connection = connect(gateway)) {
            new ModelDownload(connection, cache)
                    .open(manifest, (bytes, total) -> {})
                    .close();
        }
    }

    private Path local(String path) {
        return ModelFolder.of(cache, model.manifest()).path().resolve(path);
    }

    private static Path part(Path file) {
        return file.resolveSibling(file.getFileName() + ".part");
    }

    /** But for the one hint that training never asks for. */
    private void assertEverythingIsThere() throws IOException {
        assertThat(local(UNUSED)).doesNotExist();
        for (var file : model.files().entrySet()) {
            if (file.getKey().equals(UNUSED)) {
                continue;
            }
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
                    int rows = manifest.layer(layer).answerFeatures(direction);
                    byte[] got = new byte[rows * HintCodec.rowBytes(manifest.parameters())];
                    byte[] expected = got.clone();
                    bundle.hint(layer, direction).read(0, rows, got);
                    model.hint(layer, direction).read(0, rows, expected);
                    assertThat(got).isEqualTo(expected);
                }
                assertThat(bundle.file(ModelManifest.TOKENIZER)).hasContent("{}");
            }
            assertThat(progress)
                    .isSorted()
                    .hasSizeGreaterThanOrEqualTo(model.files().size());
            assertThat(progress.getLast())
                    .isEqualTo(model.files().entrySet().stream()
                            .filter(file -> !file.getKey().equals(UNUSED))
                            .mapToLong(file -> file.getValue().length)
                            .sum());
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
            assertThat(requestsOf(gateway, HINT).getFirst().header("Range"))
                    .isEqualTo("bytes=1000-" + (model.files().get(HINT).length - 1));
        }
        assertEverythingIsThere();
    }

    @Test
    void aPartWhoseBytesAreWrongIsFetchedOnceMoreFromItsStart() throws IOException {
        Path part = part(local(HINT));
        Files.createDirectories(part.getParent());
        Files.write(part, new byte[1000]);
        int length = model.files().get(HINT).length;
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model))) {
            download(gateway, model.manifest());
            assertThat(requestsOf(gateway, HINT).stream().map(request -> request.header("Range")))
                    .containsExactly("bytes=1000-" + (length - 1), "bytes=0-" + (length - 1));
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
            exchange.getResponseHeaders()
                    .set("Content-Range", FileServer.contentRange(0, config.length, config.length));
            exchange.sendResponseHeaders(206, config.length);
            OutputStream out = exchange.getResponseBody();
            out.write(config, 0, 300);
            out.flush();
        };
        try (ScriptedGateway gateway = ScriptedGateway.start(breaksOnce)) {
            download(gateway, model.manifest());
            assertThat(requestsOf(gateway, "client.safetensors").stream().map(request -> request.header("Range")))
                    .hasSize(2)
                    .startsWith("bytes=0-" + (config.length - 1));
        }
        assertEverythingIsThere();
    }

    @Test
    void aProviderWithoutRangesSendsTheFileAnew() throws IOException {
        Path part = part(local(HINT));
        Files.createDirectories(part.getParent());
        Files.write(part, new byte[1000]);
        try (ScriptedGateway gateway = ScriptedGateway.start(new FileServer(model, model.files(), Ranges.IGNORED))) {
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
        try (ScriptedGateway gateway = ScriptedGateway.start(new FileServer(model, damaged, Ranges.HONOURED))) {
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
            exchange.getResponseHeaders().set("Content-Range", FileServer.contentRange(0, 2, 2)); // "{}"
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

    @Test
    void theManifestOfAnotherModelIsRefused() throws IOException {
        try (ScriptedGateway gateway = ScriptedGateway.start(
                        ScriptedGateway.ok(ProtocolJson.MAPPER.writeValueAsBytes(model.manifest())));
                ProviderConnection connection = connect(gateway)) {
            assertProblem(ProblemCode.CORRUPT_MODEL, () -> new ModelDownload(connection, cache).manifest("closed"))
                    .contains("got the manifest of model 'open'", "expected 'closed'");
        }
    }

    @Test
    void aRangeThatWasNotAskedForIsRefusedAndNotAppended() throws IOException {
        Path part = part(local(HINT));
        Files.createDirectories(part.getParent());
        Files.write(part, Arrays.copyOf(model.files().get(HINT), 1000));
        FileServer right = FileServer.of(model);
        FileServer shifted = new FileServer(model, model.files(), Ranges.SHIFTED);
        Reply shiftsTheHint =
                exchange -> (exchange.getRequestURI().getPath().endsWith(HINT) ? shifted : right).answer(exchange);
        try (ScriptedGateway gateway = ScriptedGateway.start(shiftsTheHint)) {
            assertProblem(ProblemCode.INVALID_ANSWER, () -> download(gateway, model.manifest()))
                    .contains(HINT, "got the range 'bytes 999-", "expected 'bytes 1000-");
        }
        assertThat(part).hasSize(1000);
    }

    @Test
    void bytesThatAreCutOffAreFetchedAgainFromWhereTheyEnd() throws IOException {
        FileServer right = FileServer.of(model);
        FileServer truncating = new FileServer(model, model.files(), Ranges.TRUNCATED);
        boolean[] cut = new boolean[1];
        Reply cutsOnce = exchange -> {
            boolean cuts = exchange.getRequestURI().getPath().endsWith(HINT) && !cut[0];
            cut[0] |= cuts;
            (cuts ? truncating : right).answer(exchange);
        };
        try (ScriptedGateway gateway = ScriptedGateway.start(cutsOnce)) {
            download(gateway, model.manifest());
            int length = model.files().get(HINT).length;
            assertThat(requestsOf(gateway, HINT).stream().map(request -> request.header("Range")))
                    .containsExactly("bytes=0-" + (length - 1), "bytes=" + (length + 1) / 2 + "-" + (length - 1));
        }
        assertEverythingIsThere();
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "client.safetensors", "hints.sha256", HINT})
    void aFileThatTheProviderLacksIsSaid(String name) throws IOException {
        Map<String, byte[]> files = new HashMap<>(model.files());
        files.remove(name);
        try (ScriptedGateway gateway = ScriptedGateway.start(new FileServer(model, files, Ranges.HONOURED))) {
            assertProblem(ProblemCode.INVALID_REQUEST, () -> download(gateway, model.manifest()))
                    .contains("404");
        }
    }

    @Test
    void aClientFileThatIsNotTheManifestsAnyMoreIsFetchedAgain() throws IOException {
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model))) {
            download(gateway, model.manifest());
            Files.writeString(local("tokenizer.json"), "[]");
            download(gateway, model.manifest());
            assertThat(requestsOf(gateway, "tokenizer.json")).hasSize(2);
            assertThat(requestsOf(gateway, "config.json")).hasSize(1);
        }
        assertEverythingIsThere();
    }

    private void openWithoutHints(ScriptedGateway gateway, ModelDownload.Progress progress) throws IOException {
        try (ProviderConnection connection = connect(gateway)) {
            ModelDownload download = new ModelDownload(connection, cache);
            HintPlan plan = download.plan(model.manifest(), OptionalLong.of(0));
            download.open(model.manifest(), plan, progress).close();
        }
    }

    @Test
    void whoeverOnlyLooksFetchesNoHintAndDeletesNone() throws IOException {
        for (boolean hintsAreThere : new boolean[] {false, true}) {
            try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model));
                    ProviderConnection connection = connect(gateway)) {
                ModelDownload download = new ModelDownload(connection, cache);
                HintPlan plan = download.planWithoutHints(model.manifest());
                download.open(model.manifest(), plan, (bytes, total) -> {}).close();
                assertThat(gateway.received())
                        .noneMatch(request -> request.path().contains("hint.")
                                || request.path().endsWith(".hint"));
                if (!hintsAreThere) {
                    assertThat(requestsOf(gateway, "tokenizer.json")).hasSize(1);
                    download(gateway, model.manifest());
                }
            }
        }
        assertEverythingIsThere();
    }

    @Test
    void clientFilesThatTheManifestNoLongerNamesAreDeleted() throws IOException {
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model))) {
            download(gateway, model.manifest());
            for (String name : List.of("chat_template.jinja", "tokenizer_config.json", "generation_config.json")) {
                Files.writeString(local(name), "{}");
            }
            download(gateway, model.manifest());
        }
        for (String name : List.of("chat_template.jinja", "tokenizer_config.json", "generation_config.json")) {
            assertThat(local(name)).doesNotExist();
        }
        assertEverythingIsThere();
    }

    @Test
    void aSecondClientWaitsUntilTheFirstHasOpenedItsModel() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch waiting = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        FileServer server = FileServer.of(model);
        Reply held = exchange -> {
            asked.countDown();
            await(goOn);
            server.answer(exchange);
        };
        ModelDownload.Progress saysThatItWaits = new ModelDownload.Progress() {
            @Override
            public void waiting(Path folder) {
                waiting.countDown();
            }

            @Override
            public void downloaded(long bytes, long total) {}
        };
        // Threads of our own: attempts run in the common pool, which has one or two on a small machine.
        try (ScriptedGateway slow = ScriptedGateway.start(held);
                ScriptedGateway fast = ScriptedGateway.start(server);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Void> first = clients.submit(() -> {
                download(slow, model.manifest());
                return null;
            });
            await(asked);
            Future<Void> second = clients.submit(() -> {
                openWithoutHints(fast, saysThatItWaits);
                return null;
            });
            await(waiting);
            assertThat(fast.received()).isEmpty();
            goOn.countDown();
            first.get(20, TimeUnit.SECONDS);
            second.get(20, TimeUnit.SECONDS);
            assertThat(fast.received()).as("the first client's files are there").isEmpty();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void keptHintsStayReadableWhenAnotherClientDeletesThem() throws IOException {
        try (ScriptedGateway gateway = ScriptedGateway.start(FileServer.of(model));
                ProviderConnection connection = connect(gateway);
                ModelBundle bundle =
                        new ModelDownload(connection, cache).open(model.manifest(), (bytes, total) -> {})) {
            openWithoutHints(gateway, (bytes, total) -> {});
            assertThat(local(HINT)).doesNotExist();
            byte[] got = new byte[HintCodec.rowBytes(model.manifest().parameters())];
            byte[] expected = got.clone();
            bundle.hint(LayerId.LM_HEAD, Direction.FORWARD).read(0, 1, got);
            model.hint(LayerId.LM_HEAD, Direction.FORWARD).read(0, 1, expected);
            assertThat(got).isEqualTo(expected);
        }
    }
}
