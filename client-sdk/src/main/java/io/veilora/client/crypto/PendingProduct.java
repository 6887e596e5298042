package io.veilora.client.crypto;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.EncryptedTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A product that the provider is computing: owns the secrets and scales of one request, decrypts one answer, then wipes
 * itself.
 *
 * <p>Decryption works on fractions of {@code q}: with the hint {@code h = round(H·2^24/q)},
 * {@code y/q − ⟨h, s⟩/2^24 mod 1}, centred, is {@code (W·x̃ + W·e + rounding)/q}. The hint products {@code ⟨h, s⟩} need no
 * answer: {@link #prepare} computes them while the provider works.
 */
public final class PendingProduct implements AutoCloseable {
    private final LatticeParameters parameters;
    private final BlockSecret[] secrets;
    private final double[] scales; // Δ_t, (T)
    private final AtomicBoolean used = new AtomicBoolean();
    private int[] hintProducts; // ⟨h, s⟩ mod 2^32, (T, d'); null until prepared
    private int features;

    PendingProduct(LatticeParameters parameters, BlockSecret[] secrets, double[] scales) {
        this.parameters = parameters;
        this.secrets = secrets;
        this.scales = scales;
    }

    /** Tokens of the request, without padding. */
    public int tokens() {
        return scales.length;
    }

    /**
     * Computes the hint products of requests to one layer in one pass over its hint, then wipes their secrets.
     *
     * @param hint of this layer and direction; its rows are the answers' features
     */
    public static void prepare(List<PendingProduct> pending, TransformedRows hint) {
        List<PendingProduct> waiting =
                pending.stream().filter(p -> p.hintProducts == null).toList();
        for (PendingProduct product : waiting) {
            product.features = hint.rows();
            product.hintProducts = new int[Math.multiplyExact(product.tokens(), hint.rows())];
        }
        if (!waiting.isEmpty()) {
            hint.forEachWindow((first, end) ->
                    Panel.forEach(hint, first, end, panel -> waiting.forEach(product -> product.fill(panel))));
            waiting.forEach(product -> Arrays.stream(product.secrets).forEach(BlockSecret::wipe));
        }
    }

    private void fill(Panel panel) {
        int n = parameters.ringDimension();
        for (int block = 0; block < secrets.length; block++) {
            panel.multiply(secrets[block]);
            int live = Math.min(n, tokens() - block * n); // nobody reads the padding
            for (int token = 0; token < live; token++) {
                fillRow(panel, token, hintProducts, (block * n + token) * features);
            }
        }
    }

    private static void fillRow(Panel panel, int token, int[] out, int row) {
        for (int i = 0; i < panel.size(); i++) {
            IntLanes.store(IntLanes.round(panel.product(i, token)), out, row + panel.feature(i), panel.live(i));
        }
    }

    /**
     * Decrypts the answer into rows {@code firstToken …} of {@code y} and wipes itself. {@link #prepare} comes first.
     *
     * @param featureScales the weights' scales {@code c}, multiplied into the result of a forward step; null if none
     * @param y (…, d'), overwritten in rows {@code firstToken … firstToken + T − 1}
     * @throws PermanentException {@link ProblemCode#INVALID_ANSWER} if the answer has the wrong form; nothing is
     *     decrypted then
     * @throws IllegalStateException if an answer was decrypted before
     */
    public void decrypt(EncryptedTensor answer, float[] featureScales, float[] y, int firstToken) {
        Objects.requireNonNull(hintProducts, "prepare comes before decrypt");
        requireForm(answer);
        if (!used.compareAndSet(false, true)) {
            throw new IllegalStateException("an answer was decrypted before");
        }
        try {
            new Unmasking(answer, hintProducts, featureScales).toReals(scales, y, firstToken);
        } finally {
            wipe();
        }
    }

    private int paddedTokens() {
        return parameters.ringDimension() * secrets.length;
    }

    private void requireForm(EncryptedTensor answer) {
        if (answer.parameters() != parameters || answer.tokens() != paddedTokens() || answer.features() != features) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_ANSWER)
                    .detail(
                            "got %s, %d tokens × %d features; expected %s, %d × %d",
                            answer.parameters(),
                            answer.tokens(),
                            answer.features(),
                            parameters,
                            paddedTokens(),
                            features)
                    .remedy("resume from the last checkpoint with another provider"));
        }
    }

    private void wipe() {
        for (BlockSecret secret : secrets) {
            secret.wipe();
        }
        Arrays.fill(scales, 0);
        if (hintProducts != null) {
            Arrays.fill(hintProducts, 0);
        }
    }

    /** Whether nothing is left of the secrets. */
    boolean wiped() {
        return Arrays.stream(secrets).allMatch(BlockSecret::wiped)
                && (hintProducts == null || Arrays.stream(hintProducts).allMatch(word -> word == 0));
    }

    /** Wipes everything if no answer was decrypted. */
    @Override
    public void close() {
        if (used.compareAndSet(false, true)) {
            wipe();
        }
    }

    @Override
    public String toString() {
        return "PendingProduct[redacted]";
    }
}
