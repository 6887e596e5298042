package io.veilora.client.data;

import io.veilora.client.text.Tokenizer;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

/** Reads training data of any format as the model sees it. Not safe for use by several threads. */
public final class DatasetReader {
    /**
     * What chat templates that print the date are told in training, so that a run can be resumed another day: the date that
     * Llama 3's own template takes where it knows none.
     */
    public static final LocalDate TRAINING_DATE = LocalDate.of(2024, 7, 26);

    private final ExampleTokenizer tokenizer;
    private final int maxTokens;
    private final TooLong tooLong;
    private final List<TokenizedRecord> records = new ArrayList<>();
    private int examples;
    private int cut;
    private int skipped;
    private int mailLeftOut;

    /** @param maxTokens most tokens that a record may have: the smaller of the model's context and a micro-batch */
    public DatasetReader(Tokenizer tokenizer, int maxTokens, TooLong tooLong, LocalDate today) {
        this.tokenizer = new ExampleTokenizer(tokenizer, today);
        this.maxTokens = maxTokens;
        this.tooLong = tooLong;
    }

    /** A record that is too long is an error. */
    static DatasetReader usual(Tokenizer tokenizer, int maxTokens) {
        return new DatasetReader(tokenizer, maxTokens, TooLong.FAIL, TRAINING_DATE);
    }

    /**
     * Reads everything in a source; once a reader.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} naming the file and the first bad line
     */
    public ReadData read(DataSource source) throws IOException {
        for (ExampleFile file : source.read()) {
            mailLeftOut += file.leftOut();
            for (Example example : file.examples()) {
                examples++;
                add(file.file(), tokenizer.tokenize(file.file(), example), example);
            }
        }
        if (records.isEmpty()) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s: all %d records are longer than %d tokens", source.path(), examples, maxTokens)
                    .remedy("give --too-long cut, shorter records, or more --tokens-per-batch if the model's context"
                            + " allows it"));
        }
        return new ReadData(new Dataset(records), examples, cut, skipped, mailLeftOut);
    }

    private void add(Path file, TokenizedRecord record, Example example) {
        int tokens = record.tokenCount();
        if (example instanceof TextRecord) {
            for (int from = 0; from < tokens; from += maxTokens) {
                records.add(record.part(from, Math.min(tokens, from + maxTokens)));
            }
        } else if (tokens <= maxTokens) {
            records.add(record);
        } else if (tooLong == TooLong.FAIL) {
            throw DataFile.bad(
                    file,
                    record.line(),
                    "is too long: got " + tokens + " tokens, expected at most " + maxTokens
                            + " (the model's context, or the tokens of a micro-batch)",
                    "raise --tokens-per-batch if the model's context allows it, or choose --too-long cut or skip");
        } else {
            TokenizedRecord start = record.part(0, maxTokens);
            if (tooLong == TooLong.CUT && start.labelCount() > 0) {
                records.add(start);
                cut++;
            } else {
                skipped++;
            }
        }
    }
}
