package io.veilora.client.eval;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.veilora.client.files.PrivateFiles;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What an evaluation measured: figures only, no text.
 *
 * @param model the base model's name
 * @param adapter folder of the adapter; null for the base model alone
 * @param data file of the records
 * @param records evaluated
 * @param result of the model with the adapter, if there is one
 * @param base of the base model alone, for comparison; null if it was not asked for
 * @param seconds wall time of all of it
 * @param bytesUp of encrypted steps, sent to the provider
 * @param bytesDown of their answers
 * @param streamedHintBytes hints that came besides, because they are not kept on disk
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EvaluationReport(
        String model,
        String adapter,
        String data,
        int records,
        Scores result,
        Scores base,
        double seconds,
        long bytesUp,
        long bytesDown,
        long streamedHintBytes) {

    /**
     * The figures of one model.
     *
     * @param exactMatch null if it was not asked for
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Scores(double loss, double perplexity, long labelledTokens, ExactMatch exactMatch) {
        public static Scores of(Evaluation.Loss loss, ExactMatch exactMatch) {
            return new Scores(loss.loss(), loss.perplexity(), loss.labelledTokens(), exactMatch);
        }
    }

    /** Writes the report as JSON, readable by its owner only, whole or not at all. */
    public void writeJson(Path file) throws IOException {
        replace(file, ProtocolJson.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
    }

    /**
     * Writes answers as JSON lines {@code {"line": …, "expected": …, "got": …, "exact": …}}, readable by their owner only,
     * whole or not at all.
     */
    public static void writeAnswers(List<Answer> answers, Path file) throws IOException {
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (Answer answer : answers) {
            lines.writeBytes(ProtocolJson.MAPPER.writeValueAsBytes(answer));
            lines.write('\n');
        }
        replace(file, lines.toByteArray());
    }

    private static void replace(Path file, byte[] bytes) throws IOException {
        PrivateFiles.createFolder(file.toAbsolutePath().getParent());
        PrivateFiles.replace(file, bytes);
    }
}
