package io.veilora.client.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.optim.AdamW;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A complete checkpoint: a folder with the adapter as PEFT writes it, AdamW's state ({@value #OPTIMIZER}, F32: {@code
 * m.<tensor>} and {@code v.<tensor>}) and {@value #DESCRIPTION}, which holds the digests of the others.
 *
 * @param optimizerStep optimizer steps done
 */
public record Checkpoint(Path folder, long optimizerStep) {
    static final int FORMAT_VERSION = 3;
    static final String DESCRIPTION = "checkpoint.json";
    static final String OPTIMIZER = "optimizer.safetensors";

    /**
     * What {@value #DESCRIPTION} says.
     *
     * @param configDigest SHA-256 of {@code run.config} as JSON
     * @param files SHA-256 by file name
     */
    record Description(
            int formatVersion, long optimizerStep, RunIdentity run, String configDigest, Map<String, String> files) {}

    /**
     * Opens a checkpoint and checks every digest in it.
     *
     * @return null when it is not complete
     * @throws PermanentException when it is complete but of another version or another run
     */
    static Checkpoint open(Path folder, RunIdentity run) throws IOException {
        Path file = folder.resolve(DESCRIPTION);
        Description description;
        try {
            JsonNode json = ProtocolJson.MAPPER.readTree(Files.readAllBytes(file));
            requireVersion(json.path("formatVersion"), file);
            description = ProtocolJson.MAPPER.treeToValue(json, Description.class);
        } catch (NoSuchFileException | JsonProcessingException e) { // missing, or cut off
            return null;
        }
        if (description == null || !isComplete(folder, description)) {
            return null;
        }
        description.run.requireSame(run, file);
        return new Checkpoint(folder, description.optimizerStep);
    }

    private static void requireVersion(JsonNode version, Path file) {
        if (version.isInt() && version.intValue() != FORMAT_VERSION) {
            throw new PermanentException(Problem.of(ProblemCode.UNSUPPORTED_VERSION)
                    .detail("%s: got format version %d, expected %d", file, version.intValue(), FORMAT_VERSION)
                    .remedy("resume with the version of Veilora that wrote it, or use another run folder"));
        }
    }

    private static boolean isComplete(Path folder, Description description) {
        if (description.run == null || description.run.config() == null || description.files == null) {
            return false;
        }
        return Sha256.hex(description.run.config().toString().getBytes(StandardCharsets.UTF_8))
                        .equals(description.configDigest)
                && description.files.keySet().containsAll(CheckpointStore.TENSOR_FILES)
                && description.files.entrySet().stream()
                        .allMatch(entry -> Files.isRegularFile(folder.resolve(entry.getKey()))
                                && Sha256.hex(folder.resolve(entry.getKey())).equals(entry.getValue()));
    }

    /** Puts the saved values into the adapter's and the optimizer's live arrays. */
    public void restore(Adapter adapter, AdamW optimizer) throws IOException {
        PeftFiles.readInto(folder.resolve(PeftFiles.WEIGHTS), adapter);
        Map<String, float[]> first = new LinkedHashMap<>();
        Map<String, float[]> second = new LinkedHashMap<>();
        try (Safetensors tensors = Safetensors.open(folder.resolve(OPTIMIZER))) {
            for (TrainedTensor tensor : adapter.parameters()) {
                first.put(tensor.name(), moment(tensors, "m.", tensor));
                second.put(tensor.name(), moment(tensors, "v.", tensor));
            }
        }
        optimizer.restore(optimizerStep, first, second);
    }

    private static float[] moment(Safetensors tensors, String prefix, TrainedTensor tensor) {
        return tensors.require(prefix + tensor.name(), tensor.rows(), tensor.columns())
                .floats();
    }
}
