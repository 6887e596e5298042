package io.veilora.client.data;

import io.veilora.client.llama.PackedBatch;
import java.util.ArrayList;
import java.util.List;

/**
 * Packs whole records into micro-batches, each record a sequence of its own: there is no attention across records. Best
 * fit in the order given (into the micro-batch that it leaves the least room in), among at most {@value #OPEN} micro-batches; when all are too full, the oldest is closed. The
 * same records in the same order give the same micro-batches.
 */
public final class Packer {
    /** Keeps packing linear in the number of records, and a record near its place in the order. */
    static final int OPEN = 64;

    private Packer() {}

    /**
     * @param tokensPerMicroBatch T; whole blocks of 256 waste nothing
     * @throws IllegalArgumentException for a record longer than T
     */
    public static Packing pack(List<TokenizedRecord> records, int tokensPerMicroBatch) {
        List<Bin> closed = new ArrayList<>();
        List<Bin> open = new ArrayList<>();
        for (TokenizedRecord record : records) {
            if (record.tokenCount() > tokensPerMicroBatch) {
                throw new IllegalArgumentException("line " + record.line() + ": got " + record.tokenCount()
                        + " tokens, expected at most " + tokensPerMicroBatch);
            }
            Bin bin = fullestWithRoom(open, tokensPerMicroBatch - record.tokenCount());
            if (bin == null) {
                if (open.size() == OPEN) {
                    closed.add(open.removeFirst());
                }
                bin = new Bin();
                open.add(bin);
            }
            bin.add(record);
        }
        closed.addAll(open);
        return new Packing(closed.stream().map(Bin::batch).toList(), tokensPerMicroBatch);
    }

    private static Bin fullestWithRoom(List<Bin> open, int mostTokens) {
        Bin fullest = null;
        for (Bin bin : open) {
            if (bin.tokens <= mostTokens && (fullest == null || bin.tokens > fullest.tokens)) {
                fullest = bin;
            }
        }
        return fullest;
    }

    private static final class Bin {
        private final List<TokenizedRecord> records = new ArrayList<>();
        private int tokens;

        void add(TokenizedRecord record) {
            records.add(record);
            tokens += record.tokenCount();
        }

        PackedBatch batch() {
            return PackedBatch.of(
                    records.stream().map(TokenizedRecord::tokens).toList(),
                    records.stream().map(TokenizedRecord::labels).toList());
        }
    }
}
