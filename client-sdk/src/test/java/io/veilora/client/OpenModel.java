package io.veilora.client;

import io.veilora.client.linear.EncryptedLayers;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.model.ModelManifest.StoredFile;
import io.veilora.protocol.model.QuantizedWeights;
import io.veilora.protocol.model.SafetensorsWriter;
import io.veilora.protocol.wire.HintChunks;
import io.veilora.protocol.wire.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A model as its provider would publish it, and the weights too.
 *
 * @param files what a client fetches: the bytes by the path in the manifest
 */
public record OpenModel(ModelManifest manifest, Map<LayerId, QuantizedWeights> weights, Map<String, byte[]> files)
        implements EncryptedLayers.Source {

    /** One block, two query heads to a key head, a vocabulary of 53. */
    public static LlamaConfig smallConfig() {
        return new LlamaConfig(53, 16, 23, 1, 4, 2, 6, 1e-5, 10000, 64, false);
    }

    public static OpenModel random(LlamaConfig config, long seed) throws IOException {
        Map<LayerId, QuantizedWeights> weights = new HashMap<>();
        Random random = new Random(seed);
        for (LayerId id : LayerId.all(config)) {
            int inputs = id.kind().inputFeatures(config);
            int outputs = id.kind().outputFeatures(config);
            float[] values = new float[inputs * outputs];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (random.nextGaussian() / Math.sqrt(inputs));
            }
            weights.put(id, QuantizedWeights.quantize(values, outputs, inputs));
        }
        return of(config, weights);
    }

    /** A model of these weights, without what the client has besides. */
    public static OpenModel of(LlamaConfig config, Map<LayerId, QuantizedWeights> weights) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        Map<String, StoredFile> clientFiles = new LinkedHashMap<>();
        clientFiles.put(ModelManifest.CONFIG, store(files, "config.json", "{}".getBytes(StandardCharsets.UTF_8)));
        clientFiles.put(ModelManifest.TOKENIZER, store(files, "tokenizer.json", new byte[] {'{', '}'}));
        clientFiles.put(
                ModelManifest.CLIENT_TENSORS, store(files, "client.safetensors", clientTensors(config, weights)));
        String configDigest = clientFiles.get(ModelManifest.CONFIG).sha256();
        String digest = ModelManifest.digestOf(configDigest, layers(config, weights, null, null));
        PublicMatrix matrix = PublicMatrix.of(LatticeParameters.MLWE_256x5, digest, 1);
        List<RemoteLayer> layers = layers(config, weights, matrix, files);
        clientFiles.put(ModelManifest.HINT_DIGESTS, store(files, "hints.sha256", hintDigests(layers, files)));
        ModelManifest manifest = new ModelManifest(
                ModelManifest.FORMAT_VERSION,
                "open",
                LatticeParameters.MLWE_256x5,
                1,
                digest,
                config,
                layers,
                clientFiles);
        manifest.requireConsistent();
        return new OpenModel(manifest, weights, files);
    }

    private static List<RemoteLayer> layers(
            LlamaConfig config,
            Map<LayerId, QuantizedWeights> weights,
            PublicMatrix matrix,
            Map<String, byte[]> files) {
        List<RemoteLayer> layers = new ArrayList<>();
        for (LayerId id : LayerId.all(config)) {
            QuantizedWeights w = weights.get(id);
            layers.add(new RemoteLayer(
                    id,
                    w.inputFeatures(),
                    w.outputFeatures(),
                    w.maxNorm(Direction.FORWARD),
                    w.maxNorm(Direction.BACKWARD),
                    new StoredFile("layers/" + id + ".weights", w.values().length, Sha256.hex(w.values())),
                    Sha256.hex(littleEndian(w.scales())),
                    matrix == null ? null : hintFile(files, w, id, Direction.FORWARD, matrix),
                    matrix == null ? null : hintFile(files, w, id, Direction.BACKWARD, matrix)));
        }
        return layers;
    }

    private static byte[] hintDigests(List<RemoteLayer> layers, Map<String, byte[]> files) {
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        for (RemoteLayer layer : layers) {
            for (Direction direction : Direction.values()) {
                HintChunks chunks = new HintChunks(LatticeParameters.MLWE_256x5, layer.answerFeatures(direction));
                MemorySegment hint =
                        MemorySegment.ofArray(files.get(layer.hint(direction).path()));
                digests.writeBytes(chunks.digests(hint));
            }
        }
        return digests.toByteArray();
    }

    private static StoredFile hintFile(
            Map<String, byte[]> files, QuantizedWeights w, LayerId id, Direction direction, PublicMatrix matrix) {
        byte[] hint = PlainLoopProvider.hint(w, direction, matrix).toArray(ValueLayout.JAVA_BYTE);
        return store(files, "layers/" + id + "." + direction.label() + ".hint", hint);
    }

    private static StoredFile store(Map<String, byte[]> files, String path, byte[] bytes) {
        files.put(path, bytes);
        return new StoredFile(path, bytes.length, Sha256.hex(bytes));
    }

    private static byte[] clientTensors(LlamaConfig config, Map<LayerId, QuantizedWeights> weights) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (LayerId id : LayerId.all(config)) {
            float[] scales = weights.get(id).scales();
            writer.add(ModelManifest.scalesName(id), scales, scales.length);
        }
        Path file = Files.createTempFile("open-model", ".safetensors");
        try {
            writer.write(file);
            return Files.readAllBytes(file);
        } finally {
            Files.delete(file);
        }
    }

    private static byte[] littleEndian(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    @Override
    public MemorySegment hint(LayerId layer, Direction direction) {
        return MemorySegment.ofArray(
                files.get(manifest.layer(layer).hint(direction).path()));
    }

    @Override
    public float[] scales(LayerId layer) {
        return weights.get(layer).scales();
    }
}
