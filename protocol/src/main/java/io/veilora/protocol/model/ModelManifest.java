package io.veilora.protocol.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.HintChunks;
import io.veilora.protocol.wire.HintCodec;
import io.veilora.protocol.wire.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a provider publishes of an imported model: geometry, the shape and norms of every remote layer, and the size and
 * digest of every file. The client checks what it downloads against it.
 *
 * @param formatVersion 2; a model of version 1 has no {@link #HINT_DIGESTS} and has to be imported again
 * @param model name in URLs
 * @param modelDigest SHA-256 over configuration, int8 weights and scales, see {@link ModelDigest}; the public matrix
 *     follows from it
 * @param epoch changes the public matrix without changing the model
 * @param clientFiles what a client needs besides hints: {@link #CONFIG}, {@link #TOKENIZER}, {@link #CLIENT_TENSORS},
 *     {@link #HINT_DIGESTS}
 */
public record ModelManifest(
        int formatVersion,
        String model,
        LatticeParameters parameters,
        int epoch,
        String modelDigest,
        LlamaConfig config,
        List<RemoteLayer> layers,
        Map<String, StoredFile> clientFiles) {
    public static final int FORMAT_VERSION = 2;
    public static final String FILE_NAME = "manifest.json";
    public static final String CONFIG = HuggingFaceFolder.CONFIG;
    public static final String TOKENIZER = HuggingFaceFolder.TOKENIZER;

    /**
     * {@link HuggingFaceFolder#clientTensors} (embedding, norms, biases) as in Hugging Face's files, and the scales of every
     * remote layer, {@code scales.<layer id>}, F32 (d_out).
     */
    public static final String CLIENT_TENSORS = "client.safetensors";

    /** The digests of the chunks of every hint, see {@link HintDigests}. */
    public static final String HINT_DIGESTS = "hints.sha256";

    /** A file of the model: path below the model's folder, size in bytes, SHA-256 in lower-case hexadecimal. */
    public record StoredFile(String path, long bytes, String sha256) {
        private static boolean complete(StoredFile file) {
            return file != null && file.path != null && file.bytes >= 0 && file.sha256 != null;
        }
    }

    /**
     * One remote layer.
     *
     * @param maxRowNorm {@code ρ} of a forward step: the largest ‖row‖₂ of the int8 weights
     * @param maxColumnNorm {@code ρ} of a backward step
     * @param weights int8 (d_out, d_in), row-major; stays with the provider, its digest is public
     * @param scalesSha256 digest of the scales as little-endian F32
     */
    public record RemoteLayer(
            LayerId id,
            int inputFeatures,
            int outputFeatures,
            double maxRowNorm,
            double maxColumnNorm,
            StoredFile weights,
            String scalesSha256,
            StoredFile forwardHint,
            StoredFile backwardHint) {
        /** Features of a request in this direction. */
        public int requestFeatures(Direction direction) {
            return direction == Direction.FORWARD ? inputFeatures : outputFeatures;
        }

        /** Features of an answer in this direction: also the rows of the hint. */
        public int answerFeatures(Direction direction) {
            return direction == Direction.FORWARD ? outputFeatures : inputFeatures;
        }

        /** {@code ρ} of this direction. */
        public double maxNorm(Direction direction) {
            return direction == Direction.FORWARD ? maxRowNorm : maxColumnNorm;
        }

        public StoredFile hint(Direction direction) {
            return direction == Direction.FORWARD ? forwardHint : backwardHint;
        }

        /** The same layer with its hints. */
        public RemoteLayer withHints(StoredFile forward, StoredFile backward) {
            return new RemoteLayer(
                    id,
                    inputFeatures,
                    outputFeatures,
                    maxRowNorm,
                    maxColumnNorm,
                    weights,
                    scalesSha256,
                    forward,
                    backward);
        }
    }

    /** Name of the scales of {@code layer} in {@link #CLIENT_TENSORS}. */
    public static String scalesName(LayerId layer) {
        return "scales." + layer;
    }

    /** The {@link ModelDigest} of these layers. */
    public static String digestOf(String configSha256, List<RemoteLayer> layers) {
        ModelDigest digest = new ModelDigest(configSha256);
        for (RemoteLayer layer : layers) {
            digest.add(
                    layer.id(),
                    layer.outputFeatures(),
                    layer.inputFeatures(),
                    layer.weights().sha256(),
                    layer.scalesSha256());
        }
        return digest.hex();
    }

    /**
     * SHA-256 over what a client computes with besides what the model digest covers: its tensors (embedding, norms, biases)
     * and {@code ρ} of every layer. Hints, epoch and parameter set are not in it: they change ciphertexts, not results.
     */
    public String clientDigest() {
        StringBuilder lines = new StringBuilder("veilora/client/v1\n");
        lines.append("tensors ")
                .append(clientFiles.get(CLIENT_TENSORS).sha256())
                .append('\n');
        for (RemoteLayer layer : layers) {
            lines.append(layer.id()).append(' ');
            lines.append(Double.toHexString(layer.maxRowNorm())).append(' ');
            lines.append(Double.toHexString(layer.maxColumnNorm())).append('\n');
        }
        return Sha256.hex(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The remote layer {@code id}. @throws PermanentException {@link ProblemCode#UNKNOWN_LAYER} */
    public RemoteLayer layer(LayerId id) {
        for (RemoteLayer layer : layers) {
            if (layer.id().equals(id)) {
                return layer;
            }
        }
        throw new PermanentException(Problem.of(ProblemCode.UNKNOWN_LAYER)
                .detail("layer: got '%s', model '%s' has %d blocks and lm_head", id, model, config.blocks()));
    }

    /** The same model with the hints of its layers. */
    public ModelManifest withHints(List<RemoteLayer> layersWithHints, Map<String, StoredFile> files) {
        return new ModelManifest(formatVersion, model, parameters, epoch, modelDigest, config, layersWithHints, files);
    }

    /** Every file of the model, the weights too. */
    public List<StoredFile> files() {
        List<StoredFile> files = new ArrayList<>(clientFiles.values());
        for (RemoteLayer layer : layers) {
            files.addAll(List.of(layer.weights(), layer.forwardHint(), layer.backwardHint()));
        }
        return files;
    }

    /** How the hint of a layer and direction is cut into chunks. */
    public HintChunks hintChunks(RemoteLayer layer, Direction direction) {
        return new HintChunks(parameters, layer.answerFeatures(direction));
    }

    /** The lattice's public matrix for this model. */
    @JsonIgnore
    public PublicMatrix publicMatrix() {
        return PublicMatrix.of(parameters, modelDigest, epoch);
    }

    /**
     * Checks that the manifest is complete and agrees with itself: version, layers, shapes, files, model digest.
     *
     * @throws PermanentException {@link ProblemCode#CORRUPT_MODEL} or {@link ProblemCode#UNSUPPORTED_VERSION}
     */
    public void requireConsistent() {
        if (formatVersion != FORMAT_VERSION) {
            throw new PermanentException(Problem.of(ProblemCode.UNSUPPORTED_VERSION)
                    .detail("manifest of model '%s': got version %d, expected %d", model, formatVersion, FORMAT_VERSION)
                    .remedy("use a client and a server of the same release, and import models of an older one again"));
        }
        if (parameters == null || config == null || layers == null || clientFiles == null || modelDigest == null) {
            throw corrupt("a field is missing");
        }
        List<LayerId> expected = LayerId.all(config);
        if (layers.stream().anyMatch(Objects::isNull)
                || !layers.stream().map(RemoteLayer::id).toList().equals(expected)) {
            throw corrupt("its layers are not those of its configuration");
        }
        for (RemoteLayer layer : layers) {
            requireConsistent(layer);
        }
        if (!clientFiles.keySet().containsAll(List.of(CONFIG, TOKENIZER, CLIENT_TENSORS, HINT_DIGESTS))
                || !clientFiles.values().stream().allMatch(StoredFile::complete)) {
            throw corrupt("a file that clients need is missing");
        }
        if (!digestOf(clientFiles.get(CONFIG).sha256(), layers).equals(modelDigest)) {
            throw corrupt("its model digest does not follow from its layers");
        }
        requireDistinctPaths();
    }

    /** Two files under one path would overwrite each other at the client. */
    private void requireDistinctPaths() {
        Set<String> paths = new HashSet<>();
        Stream<StoredFile> hints = layers.stream().flatMap(l -> Stream.of(l.forwardHint(), l.backwardHint()));
        Stream.concat(clientFiles.values().stream(), hints).forEach(file -> {
            if (!paths.add(file.path())) {
                throw corrupt("it names '" + file.path() + "' twice");
            }
        });
    }

    private void requireConsistent(RemoteLayer layer) {
        if (layer.inputFeatures() != layer.id().kind().inputFeatures(config)
                || layer.outputFeatures() != layer.id().kind().outputFeatures(config)
                || !isNorm(layer.maxRowNorm())
                || !isNorm(layer.maxColumnNorm())) {
            throw corrupt("the shape or the norms of layer " + layer.id() + " are wrong");
        }
        if (!StoredFile.complete(layer.weights())
                || !StoredFile.complete(layer.forwardHint())
                || !StoredFile.complete(layer.backwardHint())) {
            throw corrupt("a file of layer " + layer.id() + " is missing");
        }
        for (Direction direction : Direction.values()) {
            if (layer.hint(direction).bytes() != HintCodec.fileBytes(parameters, layer.answerFeatures(direction))) {
                throw corrupt("the " + direction.label() + " hint of layer " + layer.id() + " has a wrong size");
            }
        }
    }

    private static boolean isNorm(double value) {
        return value >= 0 && value < Double.POSITIVE_INFINITY;
    }

    private PermanentException corrupt(String reason) {
        return new PermanentException(Problem.of(ProblemCode.CORRUPT_MODEL)
                .detail("manifest of model '%s': %s", model, reason)
                .remedy("import the model again"));
    }
}
