package io.veilora.protocol.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A model in several safetensors files, held together by {@code model.safetensors.index.json}: its {@code weight_map} says
 * which tensor lies in which file. Index and files must agree, tensor by tensor.
 */
public final class SafetensorsShards implements TensorSource {
    public static final String SINGLE = "model.safetensors";
    public static final String INDEX = "model.safetensors.index.json";

    private final Path index;
    private final Map<String, Safetensors> shards;
    private final Map<String, Safetensors> shardOf;

    private SafetensorsShards(Path index, Map<String, Safetensors> shards, Map<String, Safetensors> shardOf) {
        this.index = index;
        this.shards = shards;
        this.shardOf = shardOf;
    }

    /** Whether {@code folder} has weights in one of the two forms. */
    static boolean areIn(Path folder) {
        return Files.isRegularFile(folder.resolve(SINGLE)) || Files.isRegularFile(folder.resolve(INDEX));
    }

    /**
     * Opens a model's weights, {@link #SINGLE} or, without it, the shards of {@link #INDEX}.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} naming the file that is missing or disagrees
     */
    public static TensorSource open(Path folder) throws IOException {
        Path single = folder.resolve(SINGLE);
        return Files.isRegularFile(single) ? Safetensors.open(single) : openShards(folder.resolve(INDEX));
    }

    private static SafetensorsShards openShards(Path index) throws IOException {
        Map<String, String> fileOf = readIndex(index);
        Map<String, Safetensors> shards = new TreeMap<>();
        try {
            for (String file : fileOf.values()) {
                if (!shards.containsKey(file)) {
                    shards.put(file, openShard(index, file));
                }
            }
            return new SafetensorsShards(index, shards, agreed(index, fileOf, shards));
        } catch (IOException | RuntimeException e) {
            shards.values().forEach(Safetensors::close);
            throw e;
        }
    }

    private static Map<String, String> readIndex(Path index) throws IOException {
        JsonNode weightMap;
        try {
            weightMap = ProtocolJson.MAPPER.readTree(index.toFile()).path("weight_map");
        } catch (JsonProcessingException e) {
            throw invalid("download this file again", "%s is not JSON", index);
        }
        if (!weightMap.isObject() || weightMap.isEmpty()) {
            throw invalid("download this file again", "%s: weight_map is missing or empty", index);
        }
        Map<String, String> fileOf = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : weightMap.properties()) {
            fileOf.put(entry.getKey(), entry.getValue().asText());
        }
        return fileOf;
    }

    private static Safetensors openShard(Path index, String file) throws IOException {
        Path path = index.resolveSibling(file);
        boolean besideIndex = path.normalize().equals(path) && index.getParent().equals(path.getParent());
        if (file.isEmpty() || !besideIndex) {
            throw invalid("download the model again", "%s names '%s', expected a file in the same folder", index, file);
        }
        if (!Files.isRegularFile(path)) {
            throw invalid(
                    "download " + file + " into this folder: all shards of a model are needed",
                    "%s is missing; %s names it",
                    path,
                    INDEX);
        }
        return Safetensors.open(path);
    }

    /** Every tensor with its file, after checking that both sides say the same. */
    private static Map<String, Safetensors> agreed(
            Path index, Map<String, String> fileOf, Map<String, Safetensors> shards) {
        Map<String, String> foundIn = new LinkedHashMap<>();
        shards.forEach((file, shard) -> {
            for (String tensor : shard.names()) {
                String other = foundIn.put(tensor, file);
                if (other != null) {
                    throw invalid(
                            "download both files again: they are not of one model",
                            "%s: tensor '%s' is in two shards, %s and %s",
                            index.getParent(),
                            tensor,
                            other,
                            file);
                }
            }
        });
        Map<String, Safetensors> shardOf = new LinkedHashMap<>();
        fileOf.forEach((tensor, file) -> {
            if (!file.equals(foundIn.get(tensor))) {
                throw invalid(
                        "download " + INDEX + " and " + file + " again: they are not of one model",
                        "%s: tensor '%s' is not there, but %s says so",
                        index.resolveSibling(file),
                        tensor,
                        INDEX);
            }
            shardOf.put(tensor, shards.get(file));
        });
        return Collections.unmodifiableMap(shardOf);
    }

    @Override
    public Set<String> names() {
        return shardOf.keySet();
    }

    @Override
    public Tensor require(String name, long... shape) {
        Safetensors shard = shardOf.get(name);
        if (shard == null) {
            throw invalid(
                    "check that configuration and weights are of one model", "%s: tensor '%s' is missing", index, name);
        }
        return shard.require(name, shape);
    }

    @Override
    public String fingerprint() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Map.Entry<String, Safetensors> shard : shards.entrySet()) {
            lines.append(shard.getKey())
                    .append(' ')
                    .append(shard.getValue().fingerprint())
                    .append('\n');
        }
        return Sha256.hex(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        shards.values().forEach(Safetensors::close);
    }

    private static PermanentException invalid(String remedy, String format, Object... arguments) {
        return new PermanentException(
                Problem.of(ProblemCode.INVALID_INPUT).detail(format, arguments).remedy("%s", remedy));
    }
}
