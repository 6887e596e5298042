package io.veilora.functions.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.functions.TinyModel;
import io.veilora.functions.gateway.ModelSummary;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.model.AttentionVariant;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelDigest;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.model.ModelSize;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.model.SafetensorsWriter;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.wire.HintCodec;
import io.veilora.protocol.wire.Sha256;
import io.veilora.runtime.ModularGemms;
import io.veilora.runtime.ResidentWeights;
import io.veilora.runtime.ScalarGemm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelImporterTest {
    @TempDir
    Path temporary;

    private Path source;
    private Path models;
    private FileModelStore store;

    @BeforeEach
    void prepare() throws IOException {
        source = TinyModel.write(temporary.resolve("source"), 1);
        models = temporary.resolve("models");
        store = new FileModelStore(models);
    }

    @Test
    void hintsAreTheWeightsTimesThePublicMatrix() throws IOException {
        ModelManifest manifest = importModel("tiny", 1, false).manifest();
        for (RemoteLayer layer : manifest.layers()) {
            for (Direction direction : Direction.values()) {
                assertHint(manifest, layer, direction);
            }
        }
    }

    @Test
    void aSmallMemoryBudgetGivesTheSameHints() throws IOException {
        ModelManifest manifest = importModel("tiny", 1, false).manifest();
        RemoteLayer layer = manifest.layers().getFirst();
        Path folder = models.resolve("tiny");
        try (ScalarGemm gemm = new ScalarGemm();
                ResidentWeights weights = WeightsFile.load(gemm, layer, folder)) {
            HintMaker hints = new HintMaker(gemm, manifest.publicMatrix(), 77_777);
            HintFile hint = hints.write(weights, Direction.BACKWARD, temporary, "small-budget.hint");
            assertThat(hint.stored().sha256()).isEqualTo(layer.backwardHint().sha256());
        }
    }

    @Test
    void theManifestAgreesWithEveryFile() throws IOException {
        ModelManifest manifest = importModel("tiny", 1, false).manifest();
        manifest.requireConsistent();
        assertThat(store.find("tiny")).hasValue(manifest);
        assertThat(store.list()).containsExactly(manifest);
        for (StoredFile file : manifest.files()) {
            Path path = store.file(manifest, file);
            assertThat(Files.size(path)).isEqualTo(file.bytes());
            assertThat(Sha256.hex(path)).isEqualTo(file.sha256());
        }
    }

    @Test
    void everyImportOfAFolderHasTheDigestThatTheFolderHasInEveryEpoch() throws IOException {
        String expected;
        try (HuggingFaceFolder folder = HuggingFaceFolder.open(source)) {
            expected = ModelDigest.of(folder);
        }
        ModelManifest first = importModel("tiny", 1, false).manifest();
        ModelManifest second = importModel("other", 2, false).manifest();
        assertThat(first.modelDigest()).isEqualTo(expected);
        assertThat(second.modelDigest()).isEqualTo(expected);
        assertThat(second.layers().getFirst().forwardHint().sha256())
                .isNotEqualTo(first.layers().getFirst().forwardHint().sha256());
    }

    @Test
    void weightsAndHintsHaveTheSizeThatTheShapesSay() throws IOException {
        ModelManifest manifest = importModel("tiny", 1, false).manifest();
        ModelSummary summary = ModelSummary.of(manifest);
        assertThat(new ModelSize(summary.weightBytes(), summary.hintBytes()))
                .isEqualTo(ModelSize.of(manifest.config(), manifest.parameters()));
    }

    @Test
    void clientTensorsHoldEmbeddingNormsAndTheScalesOfEveryLayer() throws IOException {
        ModelManifest manifest = importModel("tiny", 1, false).manifest();
        try (Safetensors client = Safetensors.open(models.resolve("tiny").resolve(ModelManifest.CLIENT_TENSORS));
                HuggingFaceFolder original = HuggingFaceFolder.open(source)) {
            float[] embedding = client.require(HuggingFaceFolder.EMBEDDING, TinyModel.VOCABULARY, TinyModel.HIDDEN)
                    .floats();
            assertThat(embedding).isEqualTo(original.embedding().floats());
            client.require(HuggingFaceFolder.FINAL_NORM, TinyModel.HIDDEN);
            client.require(HuggingFaceFolder.inputNormName(0), TinyModel.HIDDEN);
            for (RemoteLayer layer : manifest.layers()) {
                String name = ModelManifest.scalesName(layer.id());
                float[] scales = client.require(name, layer.outputFeatures()).floats();
                ByteBuffer bytes = ByteBuffer.allocate(4 * scales.length).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(scales);
                assertThat(Sha256.hex(bytes.array())).isEqualTo(layer.scalesSha256());
            }
        }
    }

    @Test
    void biasesAndHeadNormsGoToTheClientAndLeaveTheInt8WeightsAsTheyAre() throws IOException {
        List<RemoteLayer> plain = importModel("plain", 1, false).manifest().layers();
        Files.writeString(
                source.resolve("config.json"),
                TinyModel.config("Qwen3ForCausalLM").replace("{\"arch", "{\"attention_bias\": true, \"arch"));
        SafetensorsWriter tensors = TinyModel.weights(1, "F32");
        String attention = "model.layers.0.self_attn.";
        Map<String, float[]> added = new TreeMap<>();
        added.put(attention + "q_proj.bias", new float[16]);
        added.put(attention + "k_proj.bias", new float[8]);
        added.put(attention + "v_proj.bias", new float[8]);
        added.put(attention + "o_proj.bias", new float[TinyModel.HIDDEN]);
        added.put(attention + "q_norm.weight", new float[4]);
        added.put(attention + "k_norm.weight", new float[4]);
        added.forEach((name, values) -> {
            Arrays.fill(values, name.length());
            tensors.add(name, values, values.length);
        });
        tensors.write(source.resolve("model.safetensors"));

        ModelManifest manifest = importModel("biases", 1, false).manifest();
        assertThat(manifest.layers())
                .extracting(layer -> layer.weights().sha256() + layer.scalesSha256())
                .isEqualTo(plain.stream()
                        .map(layer -> layer.weights().sha256() + layer.scalesSha256())
                        .toList());
        try (Safetensors client = Safetensors.open(models.resolve("biases").resolve(ModelManifest.CLIENT_TENSORS))) {
            added.forEach((name, values) ->
                    assertThat(client.require(name, values.length).floats()).isEqualTo(values));
        }
        assertThat(manifest.config().attention()).isEqualTo(new AttentionVariant(true, true, true));
    }

    @Test
    void twoImportsOfOneFolderGiveIdenticalBytes() throws IOException {
        importModel("one", 1, false);
        importModel("two", 1, false);
        Map<String, String> one = digests(models.resolve("one"));
        Map<String, String> two = digests(models.resolve("two"));
        one.remove(ModelManifest.FILE_NAME);
        two.remove(ModelManifest.FILE_NAME);
        assertThat(one).isEqualTo(two).hasSize(5 * 3 + 5);
    }

    @Test
    void importingAnUnchangedModelAgainWritesNothing() throws IOException {
        importModel("tiny", 1, false);
        Path manifest = models.resolve("tiny").resolve(ModelManifest.FILE_NAME);
        var before = Files.getLastModifiedTime(manifest);
        assertThat(importModel("tiny", 1, false).unchanged()).isTrue();
        assertThat(Files.getLastModifiedTime(manifest)).isEqualTo(before);
        assertOnly("tiny");
    }

    @Test
    void anotherModelUnderATakenNameNeedsReplace() throws IOException {
        String first = importModel("tiny", 1, false).manifest().modelDigest();
        TinyModel.write(source, 2);
        assertProblem(ProblemCode.INVALID_INPUT, "--replace", () -> importModel("tiny", 1, false));
        assertThat(store.find("tiny").orElseThrow().modelDigest()).isEqualTo(first);
        String second = importModel("tiny", 1, true).manifest().modelDigest();
        assertThat(second).isNotEqualTo(first);
        assertThat(store.find("tiny").orElseThrow().modelDigest()).isEqualTo(second);
        assertOnly("tiny");
    }

    @Test
    void anotherEpochChangesTheHintsAndNotTheWeights() throws IOException {
        RemoteLayer first = importModel("one", 1, false).manifest().layers().getFirst();
        RemoteLayer second = importModel("two", 2, false).manifest().layers().getFirst();
        assertThat(second.weights().sha256()).isEqualTo(first.weights().sha256());
        assertThat(second.forwardHint().sha256())
                .isNotEqualTo(first.forwardHint().sha256());
    }

    @Test
    void aTokenizerWithMoreTokensThanTheEmbeddingHasRowsIsRefused() throws IOException {
        Files.writeString(source.resolve("tokenizer.json"), TinyModel.tokenizer(TinyModel.VOCABULARY));
        assertProblem(ProblemCode.INVALID_INPUT, "highest token id is 40", () -> importModel("tiny", 1, false));
        assertOnly();
    }

    @Test
    void aTokenizerThatIsNoneIsRefused() throws IOException {
        Files.writeString(source.resolve("tokenizer.json"), "{}");
        assertProblem(ProblemCode.INVALID_INPUT, "model.vocab is missing", () -> importModel("tiny", 1, false));
        Files.writeString(source.resolve("tokenizer.json"), "{");
        assertProblem(ProblemCode.INVALID_INPUT, "is not JSON", () -> importModel("tiny", 1, false));
    }

    @Test
    void anUnsupportedArchitectureIsRefused() throws IOException {
        Files.writeString(source.resolve("config.json"), TinyModel.config("MambaForCausalLM"));
        assertProblem(ProblemCode.UNSUPPORTED_MODEL, "MambaForCausalLM", () -> importModel("tiny", 1, false));
    }

    @Test
    void anUnsupportedTensorTypeIsRefused() throws IOException {
        TinyModel.weights(1, "I8").write(source.resolve("model.safetensors"));
        assertProblem(ProblemCode.UNSUPPORTED_MODEL, "lm_head.weight", () -> importModel("tiny", 1, false));
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        Files.delete(source.resolve("tokenizer.json"));
        assertProblem(ProblemCode.INVALID_INPUT, "tokenizer.json is missing", () -> importModel("tiny", 1, false));
    }

    @Test
    void aNameThatCouldLeaveTheFolderIsRefused() {
        for (String name : new String[] {"../x", ".hidden", "a/b", "", "a b"}) {
            assertProblem(ProblemCode.INVALID_INPUT, "model name", () -> importModel(name, 1, false));
        }
    }

    private ImportedModel importModel(String name, int epoch, boolean replace) throws IOException {
        ImportRequest request = new ImportRequest(source, name, LatticeParameters.MLWE_256x5, epoch, replace);
        return importer().run(request, ImportProgress.SILENT);
    }

    private ModelImporter importer() {
        return new ModelImporter(store, ModularGemms.best().engine());
    }

    /** {@code round(H·2^24/q)}, {@code H[i][c] = Σ_j W[i][j]·A[j][c]}, straight from the definition. */
    private void assertHint(ModelManifest manifest, RemoteLayer layer, Direction direction) throws IOException {
        Path folder = models.resolve(manifest.model());
        byte[] weights = Files.readAllBytes(folder.resolve(layer.weights().path()));
        boolean forward = direction == Direction.FORWARD;
        int n = manifest.parameters().latticeDimension();
        PublicMatrix matrix = manifest.publicMatrix();
        int[] publicRows = new int[layer.requestFeatures(direction) * n];
        matrix.expandRows(0, publicRows);
        MemorySegment file = MemorySegment.ofArray(
                Files.readAllBytes(folder.resolve(layer.hint(direction).path())));
        HintCodec.requireHeader(file, manifest.parameters(), layer.answerFeatures(direction));
        int[] row = new int[n];
        for (int i = 0; i < layer.answerFeatures(direction); i++) {
            HintCodec.readRow(file, manifest.parameters(), i, row, 0);
            for (int c = 0; c < n; c += 97) {
                long h = 0;
                for (int j = 0; j < layer.requestFeatures(direction); j++) {
                    int weight =
                            forward ? weights[i * layer.inputFeatures() + j] : weights[j * layer.inputFeatures() + i];
                    h += weight * Integer.toUnsignedLong(publicRows[j * n + c]);
                }
                assertThat(row[c]).isEqualTo(HintCodec.round24(Math.floorMod(h, LatticeParameters.Q)));
            }
        }
    }

    private void assertOnly(String... names) throws IOException {
        try (Stream<Path> entries = Files.list(models)) {
            assertThat(entries.map(entry -> entry.getFileName().toString()).filter(name -> !name.equals(".locks")))
                    .containsExactlyInAnyOrder(names);
        }
    }

    private static void assertProblem(ProblemCode code, String text, ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining(text)
                .extracting(e -> ((VeiloraException) e).problem().code())
                .isEqualTo(code);
    }

    private static Map<String, String> digests(Path folder) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                digests.put(folder.relativize(file).toString(), Sha256.hex(file));
            }
        }
        return digests;
    }

    @Test
    void layersAreInTheOrderOfAForwardPass() throws IOException {
        ModelManifest manifest = importModel("tiny", 1, false).manifest();
        assertThat(manifest.layers()).extracting(RemoteLayer::id).isEqualTo(LayerId.all(TinyModel.CONFIG));
    }
}
