package io.veilora.client.train;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.data.Dataset;
import io.veilora.client.lora.TrainedOn;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a run was made of, and so what must not change between its parts.
 *
 * @param baseModel name, for the adapter's file
 * @param digests by what they are of: {@code base model}, {@code client tensors}, {@code training data} and {@code held-out
 *     data} as tokens, {@code adapter} that training began with; what there is not has none
 * @param config the {@link TrainingConfig} as JSON; {@code length} and {@code intervals} may change
 */
public record RunIdentity(String baseModel, Map<String, String> digests, JsonNode config) {
    private static final String BASE_MODEL = "base model";
    private static final Set<String> MAY_CHANGE = Set.of("length", "intervals");

    public RunIdentity {
        digests = Map.copyOf(digests);
    }

    public static RunIdentity of(TrainedOn base, TrainingData data, TrainingConfig config) {
        Map<String, String> digests = new TreeMap<>(Map.of(BASE_MODEL, base.digest()));
        put(digests, "training data", data.training());
        put(digests, "held-out data", data.heldOut());
        try { // through text, so that numbers have the types that they have when read back
            JsonNode json = ProtocolJson.MAPPER.readTree(ProtocolJson.MAPPER.writeValueAsBytes(config));
            return new RunIdentity(base.name(), digests, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(Map<String, String> digests, String name, Dataset data) {
        if (data != null) {
            digests.put(name, data.digest());
        }
    }

    /** The same run with one digest more, of {@code what}. */
    public RunIdentity with(String what, String digest) {
        Map<String, String> more = new TreeMap<>(digests);
        more.put(what, digest);
        return new RunIdentity(baseModel, more, config);
    }

    /** The base model that the run's adapters belong to. */
    public TrainedOn trainedOn() {
        return new TrainedOn(baseModel, digests.get(BASE_MODEL));
    }

    /** The configuration that {@link #config} stands for. */
    public TrainingConfig trainingConfig() throws IOException {
        return ProtocolJson.MAPPER.treeToValue(config, TrainingConfig.class);
    }

    /**
     * @param file where {@code this} was read from
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} naming the file and what differs
     */
    public void requireSame(RunIdentity now, Path file) {
        List<String> differences = new ArrayList<>();
        Set<String> names = new TreeSet<>(digests.keySet());
        names.addAll(now.digests.keySet());
        for (String name : names) {
            String saved = digests.getOrDefault(name, "none");
            String given = now.digests.getOrDefault(name, "none");
            if (!saved.equals(given)) {
                differences.add("%s: the run has digest %s, got %s".formatted(name, saved, given));
            }
        }
        compare("", config, now.config, differences);
        if (!differences.isEmpty()) {
            throw other(file, String.join("; ", differences));
        }
    }

    private static void compare(String name, JsonNode saved, JsonNode now, List<String> differences) {
        if (saved.isObject() && now.isObject()) {
            Set<String> fields = new TreeSet<>();
            saved.fieldNames().forEachRemaining(fields::add);
            now.fieldNames().forEachRemaining(fields::add);
            for (String field : fields) {
                if (!name.isEmpty() || !MAY_CHANGE.contains(field)) {
                    String path = name.isEmpty() ? field : name + "." + field;
                    compare(path, saved.path(field), now.path(field), differences);
                }
            }
        } else if (!saved.equals(now)) {
            differences.add("%s: the run has %s, got %s".formatted(name, saved, now));
        }
    }

    private static PermanentException other(Path file, String difference) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail("%s is of another run: %s", file, difference)
                .remedy("give the same model, data and settings to go on with that run, or another run folder for a"
                        + " new one; only length and intervals may change"));
    }
}
