package io.veilora.client.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.veilora.client.files.PrivateFiles;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@value #NAME} of a run folder: one line of JSON for every optimizer step ({@code "event": "step"}) and every
 * evaluation ({@code "event": "evaluation"}), on the disk before the next begins. A run that goes on cuts the file back
 * to its checkpoint, so that no step is there twice.
 */
public final class MetricsFile implements TrainingListener {
    public static final String NAME = "metrics.jsonl";
    private static final String EVENT = "event";
    private static final String STEP = "step";
    private static final String EVALUATION = "evaluation";

    private final Path file;

    public MetricsFile(Path runFolder) {
        this.file = runFolder.resolve(NAME);
    }

    @Override
    public void on(TrainingEvent event) {
        try {
            switch (event) {
                case TrainingEvent.Started started -> cutBackTo(started.optimizerStepsDone());
                case TrainingEvent.StepFinished step -> append(STEP, step);
                case TrainingEvent.Evaluated evaluated -> append(EVALUATION, evaluated);
                case TrainingEvent.CheckpointSaved saved -> {}
                case TrainingEvent.Remark remark -> {}
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void append(String kind, TrainingEvent event) throws IOException {
        ObjectNode line = ProtocolJson.MAPPER.createObjectNode().put(EVENT, kind);
        line.setAll((ObjectNode) ProtocolJson.MAPPER.valueToTree(event));
        PrivateFiles.append(file, (line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private void cutBackTo(long optimizerSteps) throws IOException {
        PrivateFiles.createFolder(file.toAbsolutePath().getParent());
        StringBuilder kept = new StringBuilder();
        if (optimizerSteps > 0 && Files.exists(file)) {
            for (JsonNode line : lines()) {
                if (line.path(STEP).asLong() <= optimizerSteps) {
                    kept.append(line).append('\n');
                }
            }
        }
        PrivateFiles.replace(file, kept.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The optimizer steps in the file, in order. */
    public List<TrainingEvent.StepFinished> steps() throws IOException {
        return read(STEP, TrainingEvent.StepFinished.class);
    }

    /** The evaluations in the file, in order. */
    public List<TrainingEvent.Evaluated> evaluations() throws IOException {
        return read(EVALUATION, TrainingEvent.Evaluated.class);
    }

    private <E extends TrainingEvent> List<E> read(String kind, Class<E> type) throws IOException {
        List<E> events = new ArrayList<>();
        for (JsonNode line : lines()) {
            if (line.path(EVENT).asText().equals(kind)) {
                events.add(ProtocolJson.MAPPER.treeToValue(line, type));
            }
        }
        return events;
    }

    /** Every whole line; a last one without its end was cut off by a kill and is left out. */
    private List<JsonNode> lines() throws IOException {
        String text = Files.readString(file);
        List<JsonNode> lines = new ArrayList<>();
        int from = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
            try {
                lines.add(ProtocolJson.MAPPER.readTree(text.substring(from, end)));
            } catch (JsonProcessingException e) {
                throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                        .detail("%s, line %d is not valid JSON", file, lines.size() + 1)
                        .remedy("delete this file: training goes on, only the curve so far is lost"));
            }
            from = end + 1;
        }
        return lines;
    }
}
