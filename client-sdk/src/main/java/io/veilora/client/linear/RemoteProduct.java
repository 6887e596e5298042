package io.veilora.client.linear;

import io.veilora.client.crypto.TokenQuantizer;
import io.veilora.client.crypto.TokenRange;
import io.veilora.client.crypto.TransformedRows;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * One layer in one direction.
 *
 * @param answerFeatures d'
 * @param answerScales multiplied into the features of the result, (d'); null if none
 */
record RemoteProduct(
        LayerId layer,
        Direction direction,
        TokenQuantizer.Step step,
        TransformedRows hint,
        int answerFeatures,
        float[] answerScales) {

    /** Most blocks that share one pass over the public matrix and one over the hint; two windows are in flight, more would only hold memory. */
    static final int LARGEST_WINDOW = 4;

    /**
     * Cuts a product into windows of blocks, by shape alone: as large as the budget admits, because each window costs a pass
     * over the hint, but at most half of it where there are several, so that one is at the provider while the next is
     * encrypted.
     */
    List<List<TokenRange>> windows(LatticeParameters parameters, int tokens, long budget) {
        int n = parameters.ringDimension();
        List<TokenRange> blocks = new ArrayList<>();
        for (int first = 0; first < tokens; first += n) {
            blocks.add(new TokenRange(first, Math.min(n, tokens - first)));
        }
        long limit = bytes(parameters, blocks) <= budget ? budget : budget / 2;
        List<List<TokenRange>> windows = new ArrayList<>();
        List<TokenRange> window = new ArrayList<>();
        for (TokenRange block : blocks) {
            boolean full =
                    window.size() == LARGEST_WINDOW || bytes(parameters, window) + bytes(parameters, block) > limit;
            if (full && !window.isEmpty()) {
                windows.add(window);
                window = new ArrayList<>();
            }
            window.add(block);
        }
        if (!window.isEmpty()) {
            windows.add(window);
        }
        return windows;
    }

    long bytes(LatticeParameters parameters, List<TokenRange> blocks) {
        return blocks.stream().mapToLong(block -> bytes(parameters, block)).sum();
    }

    /**
     * Heap that a step in flight occupies, in whole units of {@link FlightBudget}: its request, its answer as received and
     * put together, its hint products.
     */
    long bytes(LatticeParameters parameters, TokenRange block) {
        int padded = parameters.paddedTokens(block.count());
        long bytes = EncryptedTensor.wireBytes(AnswerBits.BITS_32, padded, step.features())
                + 2 * EncryptedTensor.wireBytes(AnswerBits.BITS_16, padded, answerFeatures)
                + (long) Integer.BYTES * block.count() * answerFeatures;
        return Math.ceilDiv(bytes, FlightBudget.UNIT) * FlightBudget.UNIT;
    }
}
