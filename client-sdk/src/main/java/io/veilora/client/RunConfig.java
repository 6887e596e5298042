package io.veilora.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.veilora.client.files.PrivateFiles;
import io.veilora.client.train.DataSelection;
import io.veilora.client.train.RunIdentity;
import io.veilora.client.train.TrainingConfig;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * {@value #NAME} of a run folder: everything that a run needs to go on, except the API key, which is never written.
 *
 * @param formatVersion of the whole run folder
 * @param versions of the programs that wrote it last
 * @param model where the base model is; null when it was put together from parts
 * @param data the files, and what of them is used
 * @param adapter folder of the adapter that training began with; null for a fresh one
 * @param run digests and settings
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunConfig(
        int formatVersion,
        Versions versions,
        ModelSource model,
        DataSelection data,
        @JsonSerialize(using = ToStringSerializer.class) Path adapter,
        RunIdentity run) {
    public static final String NAME = "config.json";
    static final int FORMAT_VERSION = 2;

    static RunConfig of(ModelSource model, DataSelection data, Path adapter, RunIdentity run) {
        return new RunConfig(FORMAT_VERSION, Versions.current(), model, data, adapter, run);
    }

    /** The settings of the run. */
    public TrainingConfig training() throws IOException {
        return run.trainingConfig();
    }

    /** Whether there is a run in this folder. */
    static boolean existsIn(Path runFolder) {
        return Files.exists(runFolder.resolve(NAME));
    }

    /**
     * Reads the configuration of a run.
     *
     * @throws PermanentException naming the file: {@link ProblemCode#INVALID_INPUT} when there is none or it is damaged,
     *     {@link ProblemCode#UNSUPPORTED_VERSION} when another version of Veilora wrote it
     */
    public static RunConfig read(Path runFolder) throws IOException {
        Path file = runFolder.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            throw invalid(file, "is missing", "give the folder of a run, or start one with --run");
        }
        try {
            JsonNode json = ProtocolJson.MAPPER.readTree(Files.readAllBytes(file));
            requireVersion(json.path("formatVersion"), file);
            RunConfig config = ProtocolJson.MAPPER.treeToValue(json, RunConfig.class);
            if (config.data == null || config.run == null) {
                throw damaged(file);
            }
            config.training();
            return config;
        } catch (JsonProcessingException e) {
            throw damaged(file);
        }
    }

    private static void requireVersion(JsonNode version, Path file) {
        if (version.isInt() && version.intValue() != FORMAT_VERSION) {
            throw new PermanentException(Problem.of(ProblemCode.UNSUPPORTED_VERSION)
                    .detail("%s: got format version %d, expected %d", file, version.intValue(), FORMAT_VERSION)
                    .remedy("go on with the version of Veilora that wrote it (\"versions\" in the file), or train in"
                            + " another run folder; its adapters can be continued with --adapter"));
        }
    }

    private static PermanentException damaged(Path file) {
        return invalid(
                file,
                "is damaged",
                "restore it, or train in another run folder; the newest folder in checkpoints can be continued with"
                        + " --adapter");
    }

    private static PermanentException invalid(Path file, String what, String remedy) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail("%s %s", file, what)
                .remedy("%s", remedy));
    }

    void write(Path runFolder) throws IOException {
        PrivateFiles.replace(
                runFolder.resolve(NAME),
                ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    }
}
