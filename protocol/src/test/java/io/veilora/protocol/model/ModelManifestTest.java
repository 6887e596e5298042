package io.veilora.protocol.model;

import static io.veilora.protocol.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.veilora.protocol.Golden;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelManifestTest {
    private static RemoteLayer layer(LayerId id, int outputs, String weights, String scales) {
        StoredFile stored = new StoredFile("w", 1, weights.repeat(32));
        return new RemoteLayer(id, 16, outputs, 1, 1, stored, scales.repeat(32), null, null);
    }

    private static String goldenInput() {
        return ModelManifest.digestOf(
                "01".repeat(32),
                List.of(
                        layer(LayerId.parse("blocks.0.qkv"), 32, "02", "03"),
                        layer(LayerId.LM_HEAD, 1053, "04", "05")));
    }

    @Test
    void theModelDigestIsTheGoldenOne() {
        assertThat(goldenInput()).isEqualTo(Golden.value("model.digest"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"de-DE", "ar-EG", "hi-IN-u-nu-deva"})
    void theModelDigestIsTheSameWhateverLanguageTheMachineSpeaks(String language) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(language));
        try {
            assertThat(goldenInput()).isEqualTo(Golden.value("model.digest"));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void theClientDigestChangesWithTheClientsTensorsAndRowNormsAndNotWithHintsAndEpoch() {
        ModelManifest manifest = Manifests.manifest();
        String digest = manifest.clientDigest();

        Map<String, StoredFile> otherTensors = Manifests.clientFiles();
        otherTensors.put(ModelManifest.CLIENT_TENSORS, new StoredFile("client/x", 1, "77".repeat(32)));
        assertThat(manifest.withHints(manifest.layers(), otherTensors).clientDigest())
                .isNotEqualTo(digest);
        for (double[] norms : new double[][] {{300.25, 200.25}, {300.5, 200.5}}) {
            List<RemoteLayer> otherNorms = new ArrayList<>(manifest.layers());
            RemoteLayer layer = otherNorms.getLast();
            otherNorms.set(
                    otherNorms.size() - 1,
                    new RemoteLayer(
                            layer.id(),
                            layer.inputFeatures(),
                            layer.outputFeatures(),
                            norms[0],
                            norms[1],
                            layer.weights(),
                            layer.scalesSha256(),
                            layer.forwardHint(),
                            layer.backwardHint()));
            ModelManifest other = manifest.withHints(otherNorms, manifest.clientFiles());
            assertThat(other.modelDigest()).isEqualTo(manifest.modelDigest());
            assertThat(other.clientDigest()).isNotEqualTo(digest);
        }

        List<RemoteLayer> otherHints = manifest.layers().stream()
                .map(layer -> layer.withHints(layer.backwardHint(), layer.forwardHint()))
                .toList();
        ModelManifest otherEpoch = new ModelManifest(
                manifest.formatVersion(),
                "other",
                manifest.parameters(),
                manifest.epoch() + 1,
                manifest.modelDigest(),
                manifest.config(),
                otherHints,
                manifest.clientFiles());
        assertThat(otherEpoch.clientDigest()).isEqualTo(digest);
    }

    @Test
    void aManifestComesBackFromJsonAsItWas() throws Exception {
        ModelManifest manifest = Manifests.manifest();
        manifest.requireConsistent();
        byte[] json = ProtocolJson.MAPPER.writeValueAsBytes(manifest);
        assertThat(new String(json, java.nio.charset.StandardCharsets.UTF_8)).doesNotContain("publicMatrix");
        ModelManifest read = ProtocolJson.MAPPER.readValue(json, ModelManifest.class);
        assertThat(read).isEqualTo(manifest);
        read.requireConsistent();
    }

    @Test
    void aLayerKnowsItsShapesNormsAndHintsInBothDirections() {
        RemoteLayer layer = Manifests.manifest().layer(LayerId.parse("blocks.1.down"));
        assertThat(layer.requestFeatures(Direction.FORWARD)).isEqualTo(23);
        assertThat(layer.answerFeatures(Direction.FORWARD)).isEqualTo(16);
        assertThat(layer.requestFeatures(Direction.BACKWARD)).isEqualTo(16);
        assertThat(layer.answerFeatures(Direction.BACKWARD)).isEqualTo(23);
        assertThat(layer.maxNorm(Direction.FORWARD)).isEqualTo(300.5);
        assertThat(layer.maxNorm(Direction.BACKWARD)).isEqualTo(200.25);
        assertThat(layer.hint(Direction.FORWARD).path()).endsWith("forward.hint");
        assertThat(layer.hint(Direction.BACKWARD).path()).endsWith("backward.hint");
    }

    @Test
    void aLayerTheModelDoesNotHaveIsUnknown() {
        assertProblem(ProblemCode.UNKNOWN_LAYER, () -> Manifests.manifest().layer(LayerId.parse("blocks.2.o")))
                .contains("got 'blocks.2.o'", "model 'tiny'", "2 blocks");
    }

    @Test
    void theConfigurationOfEveryFamilyComesBackFromJson() throws Exception {
        LlamaConfig config =
                LlamaConfigTest.variant(new AttentionVariant(true, false, true), new RopeScaling(8, 1, 4, 8192));
        ModelManifest manifest = Manifests.of(2, config, Manifests.layers(config), Manifests.clientFiles());
        byte[] json = ProtocolJson.MAPPER.writeValueAsBytes(manifest);
        assertThat(ProtocolJson.MAPPER.readValue(json, ModelManifest.class)).isEqualTo(manifest);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anotherFormatVersionIsUnsupported(int version) {
        LlamaConfig config = Manifests.config(2);
        ModelManifest other = Manifests.of(version, config, Manifests.layers(config), Manifests.clientFiles());
        assertProblem(ProblemCode.UNSUPPORTED_VERSION, other::requireConsistent)
                .contains("'tiny'", "got version " + version + ", expected 2", "import models of an older one again");
    }

    @Test
    void theDigestsOfAllChunksOfAllHintsAreFoundInTheirFile() {
        ModelManifest manifest = Manifests.manifest();
        byte[] chunk = {1, 2, 3};
        byte[] file = new byte[2 * manifest.layers().size() * Sha256.BYTES]; // hints of one chunk each
        System.arraycopy(Sha256.of(chunk), 0, file, 3 * Sha256.BYTES, Sha256.BYTES);
        HintDigests digests = new HintDigests(manifest, file);
        assertThat(digests.match(LayerId.parse("blocks.0.o"), Direction.BACKWARD, 0, chunk))
                .isTrue();
        assertThat(digests.match(LayerId.parse("blocks.0.o"), Direction.BACKWARD, 0, new byte[] {1, 2, 4}))
                .isFalse();
        assertThat(digests.match(LayerId.parse("blocks.0.o"), Direction.FORWARD, 0, chunk))
                .isFalse();
        assertProblem(ProblemCode.CORRUPT_MODEL, () -> new HintDigests(manifest, new byte[file.length - 32]))
                .contains("hints.sha256", "expected " + file.length);
    }

    private static ObjectNode layerNode(ObjectNode manifest, int index) {
        return (ObjectNode) manifest.get("layers").get(index);
    }

    private static Arguments wrong(String name, Consumer<ObjectNode> change) {
        return Arguments.of(name, change);
    }

    static Stream<Arguments> wrongManifests() {
        return Stream.of(
                wrong("no parameters", m -> m.remove("parameters")),
                wrong("no config", m -> m.remove("config")),
                wrong("no layers", m -> m.remove("layers")),
                wrong("no client files", m -> m.remove("clientFiles")),
                wrong("no digest", m -> m.remove("modelDigest")),
                wrong("another digest", m -> m.put("modelDigest", "00".repeat(32))),
                wrong("a layer too few", m -> m.withArray("layers").remove(8)),
                wrong("a layer that is null", m -> m.withArray("layers").setNull(3)),
                wrong("layers in another order", m -> m.withArray("layers")
                        .add(m.withArray("layers").remove(0))),
                wrong("a wrong shape", m -> layerNode(m, 0).put("inputFeatures", 15)),
                wrong("a wrong output shape", m -> layerNode(m, 8).put("outputFeatures", 54)),
                wrong("a NaN norm", m -> layerNode(m, 1).put("maxRowNorm", Double.NaN)),
                wrong("an infinite norm", m -> layerNode(m, 1).put("maxColumnNorm", Double.POSITIVE_INFINITY)),
                wrong("a negative norm", m -> layerNode(m, 1).put("maxColumnNorm", -1)),
                wrong("other scales", m -> layerNode(m, 2).put("scalesSha256", "00".repeat(32))),
                wrong("no weights", m -> layerNode(m, 2).remove("weights")),
                wrong("no forward hint", m -> layerNode(m, 2).remove("forwardHint")),
                wrong("no backward hint", m -> layerNode(m, 2).remove("backwardHint")),
                wrong(
                        "a hint without a path",
                        m -> ((ObjectNode) layerNode(m, 2).get("forwardHint")).remove("path")),
                wrong(
                        "a hint of negative size",
                        m -> ((ObjectNode) layerNode(m, 2).get("forwardHint")).put("bytes", -1)),
                wrong(
                        "a hint of another length",
                        m -> ((ObjectNode) layerNode(m, 2).get("forwardHint")).put("bytes", 65)),
                wrong("a hint that is another's file", m -> ((ObjectNode)
                                layerNode(m, 2).get("backwardHint"))
                        .put("path", "layers/blocks.0.qkv/backward.hint")),
                wrong(
                        "a hint that is the tokenizer",
                        m -> ((ObjectNode) layerNode(m, 2).get("forwardHint")).put("path", "client/tokenizer.json")),
                wrong("no digests of hints", m -> ((ObjectNode) m.get("clientFiles")).remove("hints.sha256")),
                wrong("no config file", m -> ((ObjectNode) m.get("clientFiles")).remove("config.json")),
                wrong("no tokenizer", m -> ((ObjectNode) m.get("clientFiles")).remove("tokenizer.json")),
                wrong("no client tensors", m -> ((ObjectNode) m.get("clientFiles")).remove("client.safetensors")),
                wrong("a client file that is null", m -> ((ObjectNode) m.get("clientFiles")).putNull("tokenizer.json")),
                wrong(
                        "a client file without digest",
                        m -> ((ObjectNode) m.get("clientFiles").get("tokenizer.json")).remove("sha256")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongManifests")
    void aManifestThatContradictsItselfIsACorruptModel(String name, Consumer<ObjectNode> change) throws Exception {
        ObjectNode json = ProtocolJson.MAPPER.valueToTree(Manifests.manifest());
        change.accept(json);
        ModelManifest read = ProtocolJson.MAPPER.treeToValue(json, ModelManifest.class);
        assertProblem(ProblemCode.CORRUPT_MODEL, read::requireConsistent)
                .contains("manifest of model 'tiny'", "import the model again");
    }
}
