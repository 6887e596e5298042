package io.veilora.client.train;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.data.Dataset;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What must not change between the parts of an interrupted run.
 *
 * @param baseModel name, for the adapter's file
 * @param baseModelDigest of the manifest
 * @param dataDigest of the training data as tokens
 * @param config the {@link TrainingConfig} as JSON
 */
public record RunIdentity(String baseModel, String baseModelDigest, String dataDigest, JsonNode config) {

    public static RunIdentity of(String baseModel, String baseModelDigest, Dataset training, TrainingConfig config) {
        try { // through text, so that numbers have the types that they have when read back
            JsonNode json = ProtocolJson.MAPPER.readTree(ProtocolJson.MAPPER.writeValueAsBytes(config));
            return new RunIdentity(baseModel, baseModelDigest, training.digest(), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param file where {@code this} was read from
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} naming the file and what differs
     */
    void requireSame(RunIdentity now, Path file) {
        if (!baseModelDigest.equals(now.baseModelDigest)) {
            throw other(
                    file, "base model: the run has digest %s, got %s".formatted(baseModelDigest, now.baseModelDigest));
        }
        if (!dataDigest.equals(now.dataDigest)) {
            throw other(file, "the training data or the tokenizer is not the same");
        }
        List<String> differences = new ArrayList<>();
        compare("", config, now.config, differences);
        if (!differences.isEmpty()) {
            throw other(file, String.join("; ", differences));
        }
    }

    private static void compare(String name, JsonNode saved, JsonNode now, List<String> differences) {
        if (saved.isObject() && now.isObject()) {
            List<String> fields = new ArrayList<>();
            saved.fieldNames().forEachRemaining(fields::add);
            now.fieldNames().forEachRemaining(field -> {
                if (!saved.has(field)) {
                    fields.add(field);
                }
            });
            for (String field : fields) {
                compare(name.isEmpty() ? field : name + "." + field, saved.path(field), now.path(field), differences);
            }
        } else if (!saved.equals(now)) {
            differences.add("%s: the run has %s, got %s".formatted(name, saved, now));
        }
    }

    private static PermanentException other(Path file, String difference) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail("%s is of another run: %s", file, difference)
                .remedy("give the same settings to go on with that run, or another run folder for a new one"));
    }
}
