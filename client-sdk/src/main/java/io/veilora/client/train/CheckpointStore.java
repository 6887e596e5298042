package io.veilora.client.train;

import io.veilora.client.files.PrivateFiles;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.optim.AdamW;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.model.SafetensorsWriter;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The checkpoints of a run, in the folder {@code checkpoints} of its run folder. A checkpoint is written under a
 * temporary name, brought to the disk, and renamed: under its own name it is always complete. The last two are kept.
 */
public final class CheckpointStore {
    static final List<String> TENSOR_FILES = List.of(PeftFiles.WEIGHTS, Checkpoint.OPTIMIZER);
    private static final int KEPT = 2;
    private static final String PREFIX = "step-";

    private final Path folder;
    private final RunIdentity run;

    public CheckpointStore(Path runFolder, RunIdentity run) {
        this.folder = runFolder.resolve("checkpoints");
        this.run = run;
    }

    /**
     * The newest complete checkpoint and those newer ones that are not complete.
     *
     * @param newest null in a run folder without checkpoints
     */
    public record Found(Checkpoint newest, List<Path> damaged) {}

    /**
     * Looks for a checkpoint to go on from.
     *
     * @throws PermanentException for a checkpoint of another version, base model, data or configuration, and when there
     *     are checkpoints but none is complete
     */
    public Found find() throws IOException {
        List<Path> damaged = new ArrayList<>();
        for (Path candidate : namesNewestFirst()) {
            Checkpoint checkpoint = Checkpoint.open(candidate, run);
            if (checkpoint != null) {
                return new Found(checkpoint, damaged);
            }
            damaged.add(candidate);
        }
        if (!damaged.isEmpty()) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s: none of the %d checkpoints is complete", folder, damaged.size())
                    .remedy("delete this folder to train from the beginning, or use another run folder"));
        }
        return new Found(null, damaged);
    }

    /**
     * Writes a checkpoint and deletes all but the last two.
     *
     * @throws PermanentException {@link ProblemCode#DISK_FULL}; the checkpoints before stay as they were
     */
    public Checkpoint save(LoraConfig lora, Adapter adapter, AdamW optimizer) throws IOException {
        long step = optimizer.optimizerSteps();
        PrivateFiles.createFolder(folder);
        Path complete = folder.resolve(PREFIX + "%08d".formatted(step));
        PrivateFiles.replaceFolder(complete, fresh -> write(fresh, lora, adapter, optimizer));
        deleteOld();
        return new Checkpoint(complete, step);
    }

    private void write(Path target, LoraConfig lora, Adapter adapter, AdamW optimizer) throws IOException {
        PeftFiles.write(target, lora, adapter, run.trainedOn());
        SafetensorsWriter state = new SafetensorsWriter().metadata("format", "veilora-adamw");
        for (TrainedTensor tensor : adapter.parameters()) {
            String name = tensor.name();
            state.add("m." + name, optimizer.firstMoments().get(name), tensor.rows(), tensor.columns());
            state.add("v." + name, optimizer.secondMoments().get(name), tensor.rows(), tensor.columns());
        }
        PrivateFiles.write(target.resolve(Checkpoint.OPTIMIZER), state::write);
        Map<String, String> digests = new TreeMap<>();
        for (String file : TENSOR_FILES) {
            digests.put(file, Sha256.hex(target.resolve(file)));
        }
        byte[] description = ProtocolJson.MAPPER
                .writerWithDefaultPrettyPrinter()
                .writeValueAsBytes(new Checkpoint.Description(
                        Checkpoint.FORMAT_VERSION,
                        optimizer.optimizerSteps(),
                        run,
                        Sha256.hex(run.config().toString().getBytes(StandardCharsets.UTF_8)),
                        digests));
        PrivateFiles.write(target.resolve(Checkpoint.DESCRIPTION), file -> Files.write(file, description));
    }

    private void deleteOld() throws IOException {
        List<Path> names = namesNewestFirst();
        for (Path old : names.subList(Math.min(KEPT, names.size()), names.size())) {
            PrivateFiles.deleteFolder(old);
        }
    }

    private List<Path> namesNewestFirst() throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(path -> path.getFileName().toString().matches(PREFIX + "[0-9]{8,}"))
                    .sorted(Comparator.comparingLong(CheckpointStore::step).reversed())
                    .toList();
        }
    }

    private static long step(Path checkpoint) {
        return Long.parseLong(checkpoint.getFileName().toString().substring(PREFIX.length()));
    }
}
