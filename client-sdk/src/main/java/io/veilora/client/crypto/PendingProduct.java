package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.LANES;
import static io.veilora.client.crypto.NegacyclicTransform.POINTS;
import static io.veilora.client.crypto.NegacyclicTransform.SPECIES;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * A product that the provider is computing: owns the secrets and scales of one request, decrypts one answer, then wipes
 * itself.
 *
 * <p>Decryption works on fractions of {@code q}: with the hint {@code h = round(H·2^24/q)},
 * {@code y/q − ⟨h, s⟩/2^24 mod 1}, centred, is {@code (W·x̃ + W·e + rounding)/q}; the inner product is an exact integer below
 * 2^40.
 */
public final class PendingProduct implements AutoCloseable {
    private static final double ROUNDER = 0x1.8p52;
    private static final double HINT_RANGE = 0x1p24;

    private final LatticeParameters parameters;
    private final BlockSecret[] secrets;
    private final double[] scales; // Δ_t, (T)
    private final AtomicBoolean used = new AtomicBoolean();

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
     * Decrypts the answer into rows {@code firstToken …} of {@code y} and wipes the secrets.
     *
     * @param hint of this layer and direction; its rows are the answer's features
     * @param featureScales the weights' scales {@code c}, multiplied into the result of a forward step; null if none
     * @param y (…, d'), overwritten in rows {@code firstToken … firstToken + T − 1}
     * @throws PermanentException {@link ProblemCode#INVALID_ANSWER} if the answer has the wrong form; nothing is
     *     decrypted then
     * @throws IllegalStateException if an answer was decrypted before
     */
    public void decrypt(
            EncryptedTensor answer, TransformedRows hint, float[] featureScales, float[] y, int firstToken) {
        requireForm(answer, hint.rows());
        if (!used.compareAndSet(false, true)) {
            throw new IllegalStateException("a secret decrypts one answer only");
        }
        try {
            Words words = Words.of(answer);
            hint.forEachWindow((firstGroup, endGroup) -> LaneTasks.run(
                    endGroup - firstGroup,
                    (first, end) -> decryptGroups(
                            words, hint, featureScales, y, firstToken, firstGroup + first, firstGroup + end)));
        } finally {
            wipe();
        }
    }

    private void requireForm(EncryptedTensor answer, int features) {
        int padded = parameters.ringDimension() * secrets.length;
        if (answer.parameters() != parameters || answer.tokens() != padded || answer.features() != features) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_ANSWER)
                    .detail(
                            "got %s, %d tokens × %d features; expected %s, %d × %d",
                            answer.parameters(), answer.tokens(), answer.features(), parameters, padded, features)
                    .remedy("resume from the last checkpoint with another provider"));
        }
    }

    private void decryptGroups(
            Words words,
            TransformedRows hint,
            float[] featureScales,
            float[] y,
            int firstToken,
            int firstGroup,
            int endGroup) {
        double[] re = new double[NegacyclicTransform.laneArrayLength()];
        double[] im = new double[NegacyclicTransform.laneArrayLength()];
        for (int g = firstGroup; g < endGroup; g++) {
            TransformedRows.Group rows = hint.group(g);
            Columns columns = new Columns(words, featureScales, y, firstToken, g * LANES);
            for (int block = 0; block < secrets.length; block++) {
                secrets[block].innerProducts(rows, re, im);
                int firstOfBlock = block * 2 * POINTS;
                for (int m = 0; m < POINTS && firstOfBlock + m < scales.length; m++) {
                    DoubleVector a = DoubleVector.fromArray(SPECIES, re, m * LANES);
                    DoubleVector b = DoubleVector.fromArray(SPECIES, im, m * LANES);
                    columns.write(NegacyclicTransform.untwistRe(a, b, m), firstOfBlock + m);
                    if (firstOfBlock + m + POINTS < scales.length) {
                        columns.write(NegacyclicTransform.untwistIm(a, b, m), firstOfBlock + m + POINTS);
                    }
                }
            }
        }
        Arrays.fill(re, 0);
        Arrays.fill(im, 0);
    }

    /** {@code LANES} neighbouring features of the answer and of the result. */
    private final class Columns {
        private final Words words;
        private final float[] y;
        private final int firstToken;
        private final int firstFeature;
        private final int features;
        private final VectorMask<Integer> live;
        private final DoubleVector toReal;

        Columns(Words words, float[] featureScales, float[] y, int firstToken, int firstFeature) {
            this.words = words;
            this.y = y;
            this.firstToken = firstToken;
            this.firstFeature = firstFeature;
            this.features = words.features;
            this.live = IntLanes.tailMask(firstFeature, features);
            DoubleVector unit = DoubleVector.broadcast(SPECIES, LatticeParameters.Q / HINT_RANGE);
            this.toReal = featureScales == null
                    ? unit
                    : unit.mul(IntLanes.load(featureScales, firstFeature, live)
                            .convertShape(VectorOperators.F2D, SPECIES, 0));
        }

        void write(DoubleVector innerProduct, int token) {
            DoubleVector mask = innerProduct.add(ROUNDER).sub(ROUNDER);
            DoubleVector difference = answerOf24Bits(token).sub(mask);
            DoubleVector turns = difference.mul(1 / HINT_RANGE).add(ROUNDER).sub(ROUNDER);
            DoubleVector centred = difference.sub(turns.mul(HINT_RANGE));
            FloatVector real = (FloatVector)
                    centred.mul(toReal).mul(1 / scales[token]).convertShape(VectorOperators.D2F, IntLanes.FLOATS, 0);
            IntLanes.store(real, y, (firstToken + token) * features + firstFeature, live);
        }

        /** The answer as {@code y·2^24/q}. */
        private DoubleVector answerOf24Bits(int token) {
            int index = token * features + firstFeature;
            if (words.halves != null) {
                IntVector half = IntLanes.loadUnsigned(words.halves, index, live);
                return ((DoubleVector) half.convertShape(VectorOperators.I2D, SPECIES, 0)).mul(0x1p8);
            }
            DoubleVector signed = (DoubleVector) IntLanes.load(words.whole, index, live)
                    .lanewise(VectorOperators.XOR, Integer.MIN_VALUE)
                    .convertShape(VectorOperators.I2D, SPECIES, 0);
            return signed.add(0x1p31).mul(HINT_RANGE / LatticeParameters.Q);
        }
    }

    /** The answer's words as one of two arrays, the other is null. */
    private record Words(short[] halves, int[] whole, int features) {
        static Words of(EncryptedTensor answer) {
            int count = Math.multiplyExact(answer.tokens(), answer.features());
            if (answer.bits() == AnswerBits.BITS_16) {
                short[] halves = new short[count];
                MemorySegment.copy(answer.payload(), EncryptedTensor.U16, 0, halves, 0, count);
                return new Words(halves, null, answer.features());
            }
            int[] whole = new int[count];
            MemorySegment.copy(answer.payload(), EncryptedTensor.U32, 0, whole, 0, count);
            return new Words(null, whole, answer.features());
        }
    }

    private void wipe() {
        for (BlockSecret secret : secrets) {
            secret.wipe();
        }
        Arrays.fill(scales, 0);
    }

    /** Whether nothing is left of the secrets. */
    boolean wiped() {
        return Arrays.stream(secrets).allMatch(BlockSecret::wiped);
    }

    /** Wipes the secrets if no answer was decrypted. */
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
