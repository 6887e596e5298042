package io.veilora.client.llama;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.Arrays;
import java.util.List;

/**
 * Tokens of several sequences packed one after the other; there is no attention across sequences. The arrays have T
 * elements each, are not copied, and must not change.
 *
 * @param tokens token ids
 * @param positions position inside its sequence: 0, 1, 2, … from the first token of each sequence
 * @param sequences sequence index, non-decreasing
 * @param labels the token that should come next, or {@link #IGNORE} where that does not count
 */
public record PackedBatch(int[] tokens, int[] positions, int[] sequences, int[] labels) implements TokenRows {
    /** The label of a position that does not count in the loss. */
    public static final int IGNORE = -100;

    public PackedBatch {
        int length = tokens.length;
        if (length == 0 || positions.length != length || sequences.length != length || labels.length != length) {
            throw invalid(
                    "tokens, positions, sequences, labels: got lengths %d, %d, %d, %d, expected the same, at least 1",
                    length, positions.length, sequences.length, labels.length);
        }
        for (int t = 0; t < length; t++) {
            boolean first = t == 0 || sequences[t] != sequences[t - 1];
            if (sequences[t] < 0 || (t > 0 && sequences[t] < sequences[t - 1])) {
                throw invalid("row %d: the sequence index is negative or smaller than the one before", t);
            }
            if (positions[t] != (first ? 0 : positions[t - 1] + 1)) {
                throw invalid("row %d: the position does not count up from 0 inside its sequence", t);
            }
            if (tokens[t] < 0 || (labels[t] < 0 && labels[t] != IGNORE)) {
                throw invalid("row %d: negative token id, or negative label other than %d", t, IGNORE);
            }
        }
    }

    /**
     * Packs sequences in their order.
     *
     * @param tokens token ids of each sequence; an empty sequence is an error
     * @param labels of the same lengths
     */
    public static PackedBatch of(List<int[]> tokens, List<int[]> labels) {
        if (tokens.size() != labels.size()) {
            throw invalid("got %d sequences of tokens and %d of labels", tokens.size(), labels.size());
        }
        int length = tokens.stream().mapToInt(sequence -> sequence.length).sum();
        int[] positions = new int[length];
        int[] sequences = new int[length];
        int row = 0;
        for (int s = 0; s < tokens.size(); s++) {
            if (tokens.get(s).length == 0 || tokens.get(s).length != labels.get(s).length) {
                throw invalid(
                        "sequence %d: got %d tokens and %d labels, expected the same number, at least 1",
                        s, tokens.get(s).length, labels.get(s).length);
            }
            for (int position = 0; position < tokens.get(s).length; position++, row++) {
                positions[row] = position;
                sequences[row] = s;
            }
        }
        return new PackedBatch(concatenate(tokens), positions, sequences, concatenate(labels));
    }

    /** One sequence without labels, for {@link LlamaModel#logits}. */
    public static PackedBatch prompt(int[] tokens) {
        int[] labels = new int[tokens.length];
        Arrays.fill(labels, IGNORE);
        return of(List.of(tokens), List.of(labels));
    }

    /** T. */
    @Override
    public int tokenCount() {
        return tokens.length;
    }

    /** Positions whose label counts in the loss. */
    public int labelCount() {
        return labelledRows().length;
    }

    /** The rows whose label counts, ascending. */
    int[] labelledRows() {
        int[] rows = new int[tokens.length];
        int count = 0;
        for (int t = 0; t < tokens.length; t++) {
            if (labels[t] != IGNORE) {
                rows[count++] = t;
            }
        }
        return Arrays.copyOf(rows, count);
    }

    /** First row of each sequence, and T at the end. */
    @Override
    public int[] sequenceBounds() {
        int[] bounds = new int[tokens.length + 1];
        int count = 0;
        for (int t = 0; t < tokens.length; t++) {
            if (positions[t] == 0) {
                bounds[count++] = t;
            }
        }
        bounds[count++] = tokens.length;
        return Arrays.copyOf(bounds, count);
    }

    /** Counts only: never a token. */
    @Override
    public String toString() {
        return "PackedBatch[" + tokenCount() + " tokens, " + labelCount() + " labels]";
    }

    private static int[] concatenate(List<int[]> parts) {
        return parts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    private static PermanentException invalid(String format, Object... arguments) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail("packed batch: " + format, arguments)
                .remedy("check how the sequences were packed"));
    }
}
