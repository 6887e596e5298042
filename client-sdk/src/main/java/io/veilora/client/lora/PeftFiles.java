package io.veilora.client.lora;

import io.veilora.client.files.PrivateFiles;
import io.veilora.client.optim.TrainedTensor;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.Safetensors;
import io.veilora.protocol.model.SafetensorsWriter;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * An adapter as Hugging Face's PEFT stores it: {@value #CONFIG} and {@value #WEIGHTS} with {@code
 * base_model.model.model.layers.<i>.self_attn.q_proj.lora_A.weight} (r, d_in) and {@code ….lora_B.weight} (d_out, r), so
 * that {@code PeftModel.from_pretrained} loads what we write and we load what it wrote.
 */
public final class PeftFiles {
    public static final String CONFIG = "adapter_config.json";
    public static final String WEIGHTS = "adapter_model.safetensors";

    /** Where the digest of the base model stands in the metadata of {@link #WEIGHTS}. */
    static final String MODEL_DIGEST = "veilora_model_digest";

    private PeftFiles() {}

    /**
     * Writes both files, F32, readable by their owner only, into a folder that exists.
     *
     * @param base its name goes into {@code base_model_name_or_path}, its digest into the metadata of {@value #WEIGHTS},
     *     which PEFT does not look at and does not keep
     */
    public static void write(Path folder, LoraConfig lora, Adapter adapter, TrainedOn base) throws IOException {
        SafetensorsWriter tensors = new SafetensorsWriter().metadata("format", "pt");
        if (base.digest() != null) {
            tensors.metadata(MODEL_DIGEST, base.digest());
        }
        for (TrainedTensor tensor : adapter.parameters()) {
            tensors.add(tensor.name(), tensor.value(), tensor.rows(), tensor.columns());
        }
        PrivateFiles.write(folder.resolve(WEIGHTS), tensors::write);
        byte[] config = PeftConfig.write(lora, base.name());
        PrivateFiles.write(folder.resolve(CONFIG), file -> Files.write(file, config));
    }

    /**
     * Rank, α, targets and dropout of a stored adapter; the seed is not stored and comes back as 0.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} naming the file, and the option that is not supported
     */
    public static LoraConfig readConfig(Path folder) throws IOException {
        requireFiles(folder);
        return PeftConfig.read(folder.resolve(CONFIG));
    }

    /** What a stored adapter says that it was trained on: the name may be empty; the digest is null unless we wrote it. */
    public static TrainedOn readTrainedOn(Path folder) throws IOException {
        requireFiles(folder);
        try (Safetensors tensors = Safetensors.open(folder.resolve(WEIGHTS))) {
            return new TrainedOn(
                    PeftConfig.baseModel(folder.resolve(CONFIG)),
                    tensors.metadata().get(MODEL_DIGEST));
        }
    }

    private static void requireFiles(Path folder) {
        for (String name : List.of(CONFIG, WEIGHTS)) {
            if (!Files.isRegularFile(folder.resolve(name))) {
                throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                        .detail("%s: %s is missing", folder, name)
                        .remedy("give the folder of an adapter, with %s and %s", CONFIG, WEIGHTS));
            }
        }
    }

    /**
     * Reads an adapter for a model.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} as {@link #readConfig}, and for a tensor that is
     *     missing, has another shape, or has no place in the model
     */
    public static Adapter read(Path folder, LlamaConfig model) throws IOException {
        Adapter adapter = Adapter.initialize(readConfig(folder), model);
        readInto(folder.resolve(WEIGHTS), adapter);
        return adapter;
    }

    /** Reads the tensors of {@code weights} into the live arrays of {@code adapter}, all of them or none. */
    public static void readInto(Path weights, Adapter adapter) throws IOException {
        List<TrainedTensor> places = adapter.parameters();
        try (Safetensors tensors = Safetensors.open(weights)) {
            Set<String> unplaced = new TreeSet<>(tensors.tensors().keySet());
            for (TrainedTensor place : places) {
                requireFits(tensors, place);
                unplaced.remove(place.name());
            }
            if (!unplaced.isEmpty()) {
                throw otherBaseModel(
                        weights + ": tensor '" + unplaced.iterator().next() + "' has no place in this model", null);
            }
            for (TrainedTensor place : places) {
                float[] values = tensors.tensors().get(place.name()).floats();
                System.arraycopy(values, 0, place.value(), 0, values.length);
            }
        }
    }

    private static void requireFits(Safetensors tensors, TrainedTensor place) {
        try {
            tensors.require(place.name(), place.rows(), place.columns());
        } catch (PermanentException e) {
            throw e.problem().code() == ProblemCode.INVALID_INPUT
                    ? otherBaseModel(e.problem().detail(), e)
                    : e;
        }
    }

    private static PermanentException otherBaseModel(String detail, PermanentException cause) {
        return new PermanentException(
                Problem.of(ProblemCode.INVALID_INPUT)
                        .detail("%s", detail)
                        .remedy("use the base model that the adapter was trained on"),
                cause);
    }
}
