package io.veilora.client.crypto;

import io.veilora.protocol.lattice.LatticeParameters;
import java.nio.ByteBuffer;
import java.util.stream.IntStream;

/**
 * The integer plaintext of one request: rows {@code x̃_t = round(Δ_t·c·x_t)}, never stored but made anew from the
 * activations, once to be hashed and once to be encrypted.
 */
final class Plaintext {
    /** Integers that are hashed under one stretch of key; a longer row has a stretch of its own. */
    private static final int PIECE = 2048;

    private static final int BLOCK = 2 * NegacyclicTransform.POINTS; // N

    private final TokenQuantizer.Step step;
    private final float[] x;
    private final int firstToken;
    private final double[] scales; // Δ_t, (T); infinite for a zero vector
    private final int rowsAPiece; // a power of two up to N
    private final long[] hashes; // (pieces, COPIES)

    /** The rows {@code firstToken … firstToken + tokens − 1} of {@code x}; {@link #scaleAndHash} comes next. */
    Plaintext(TokenQuantizer.Step step, float[] x, int firstToken, int tokens) {
        this.step = step;
        this.x = x;
        this.firstToken = firstToken;
        this.scales = new double[tokens];
        this.rowsAPiece = Integer.highestOneBit(Math.clamp(PIECE / step.features(), 1, BLOCK));
        this.hashes = new long[pieces() * PlaintextHash.COPIES];
    }

    /**
     * Finds the scales and hashes the integers, on all cores.
     *
     * @throws io.veilora.protocol.problem.PermanentException NOT_FINITE naming the layer
     */
    void scaleAndHash(LatticeParameters parameters, PlaintextHash hash) {
        double budget = TokenQuantizer.budget(parameters, step);
        long[] key = hash.key(rowsAPiece * PlaintextHash.steps(step.features()));
        IntStream.range(0, pieces()).parallel().forEach(piece -> scaleAndHash(piece, budget, key));
        TokenQuantizer.requireFinite(step, scales);
    }

    private int pieces() {
        return (scales.length + rowsAPiece - 1) / rowsAPiece;
    }

    private void scaleAndHash(int piece, double budget, long[] key) {
        int steps = PlaintextHash.steps(step.features());
        long[] sums = new long[PlaintextHash.COPIES * (PlaintextHash.STEP / 2)];
        for (int i = 0; i < rowsAPiece && piece * rowsAPiece + i < scales.length; i++) {
            int token = piece * rowsAPiece + i;
            scales[token] = TokenQuantizer.scale(step, x, start(token), budget);
            QuantizedRow row = new QuantizedRow(x, start(token), step.featureScales(), multiplier(token));
            PlaintextHash.add(row, step.features(), key, i * steps, sums);
        }
        int lanes = PlaintextHash.STEP / 2;
        for (int i = 0; i < sums.length; i++) {
            hashes[piece * PlaintextHash.COPIES + i / lanes] += sums[i];
        }
    }

    int tokens() {
        return scales.length;
    }

    int features() {
        return step.features();
    }

    double[] scales() {
        return scales;
    }

    float[] x() {
        return x;
    }

    /** {@code c}; null if all are 1. */
    float[] featureScales() {
        return step.featureScales();
    }

    /** Where a token's activations begin in {@link #x}. */
    int start(int token) {
        return (firstToken + token) * step.features();
    }

    /** {@code Δ_t}, or 1 for a zero vector, which stays one. */
    double multiplier(int token) {
        return Double.isInfinite(scales[token]) ? 1 : scales[token];
    }

    /** One integer, also of the padding: the slow way. */
    double integer(int token, int feature) {
        if (token >= tokens()) {
            return 0;
        }
        double value = x[start(token) + feature];
        return Math.rint((featureScales() == null ? value : value * featureScales()[feature]) * multiplier(token));
    }

    /** The universal hash of the rows {@code first … end−1} that there are; {@code first} is a multiple of {@code N}. */
    byte[] hash(int first, int end) {
        int from = first / rowsAPiece * PlaintextHash.COPIES;
        int to = (end + rowsAPiece - 1) / rowsAPiece * PlaintextHash.COPIES;
        ByteBuffer bytes = ByteBuffer.allocate(8 * (to - from));
        bytes.asLongBuffer().put(hashes, from, to - from);
        return bytes.array();
    }

    @Override
    public String toString() {
        return "Plaintext[redacted]";
    }
}
