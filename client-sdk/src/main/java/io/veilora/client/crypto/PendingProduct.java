package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.LANES;
import static io.veilora.client.crypto.NegacyclicTransform.SPECIES;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.EncryptedTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.incubator.vector.DoubleVector;

/**
 * A product that the provider is computing: owns the secrets and scales of one request, decrypts one answer, then wipes
 * itself.
 *
 * <p>Decryption works on fractions of {@code q}: with the hint {@code h = round(H·2^24/q)},
 * {@code y/q − ⟨h, s⟩/2^24 mod 1}, centred, is {@code (W·x̃ + W·e + rounding)/q}. The hint products {@code ⟨h, s⟩} need no
 * answer: {@link #prepare} computes them while the provider works.
 */
public final class PendingProduct implements AutoCloseable {
    /** In the place of hint products that were wiped and given back. */
    private static final int[] GIVEN_BACK = new int[0];

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
            product.hintProducts = WipedArrays.shared().take(Math.multiplyExact(product.tokens(), hint.rows()));
        }
        if (!waiting.isEmpty()) {
            hint.forEachWindow((first, end) -> Panel.forEach(hint, first, end, panel -> fill(waiting, panel)));
            waiting.forEach(product -> Arrays.stream(product.secrets).forEach(BlockSecret::wipe));
        }
    }

    private static void fill(List<PendingProduct> waiting, Panel panel) {
        List<Block> blocks = waiting.stream().flatMap(PendingProduct::blocks).toList();
        List<BlockSecret> secrets = blocks.stream().map(Block::secret).toList();
        panel.multiply(secrets, (i, products) -> blocks.get(i).fill(panel, products));
    }

    private Stream<Block> blocks() {
        return IntStream.range(0, secrets.length).mapToObj(block -> new Block(this, block));
    }

    private record Block(PendingProduct of, int number) {
        BlockSecret secret() {
            return of.secrets[number];
        }

        /** Writes the integers of the live tokens: nobody reads the padding. In one piece on purpose, see CONTRIBUTING. */
        void fill(Panel panel, double[] products) {
            int n = of.parameters.ringDimension();
            int live = Math.min(n, of.tokens() - number * n);
            int whole = panel.width() / LANES * LANES;
            int[] out = of.hintProducts;
            for (int t = 0; t < live; t++) {
                int at = t * panel.stride();
                int to = (number * n + t) * of.features + panel.first();
                for (int j = 0; j < whole; j += LANES) {
                    IntLanes.round(DoubleVector.fromArray(SPECIES, products, at + j))
                            .intoArray(out, to + j);
                }
                for (int j = whole; j < panel.width(); j++) {
                    out[to + j] = (int) (long) Math.rint(products[at + j]);
                }
            }
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
        } catch (RuntimeException | Error e) {
            Arrays.fill(hintProducts, 0);
            throw e;
        } finally {
            wipeSecrets();
        }
        WipedArrays.shared().giveBack(hintProducts);
        hintProducts = GIVEN_BACK;
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

    private void wipeSecrets() {
        for (BlockSecret secret : secrets) {
            secret.wipe();
        }
        Arrays.fill(scales, 0);
    }

    private void wipe() {
        wipeSecrets();
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
