package io.veilora.client.bench;

import io.veilora.client.crypto.MlweCipher;
import io.veilora.client.crypto.PendingProduct;
import io.veilora.client.crypto.TokenQuantizer;
import io.veilora.client.crypto.TransformBudget;
import io.veilora.client.crypto.TransformedRows;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.HintCodec;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import jdk.incubator.vector.DoubleVector;

/**
 * Time of the client's cryptography on one core, in nanoseconds per value: (encrypt {@code T·d} values + decrypt
 * {@code T·d} values) / {@code 2·T·d}, as DESIGN §8 defines it.
 *
 * <p>The weights are the identity, so the answer to {@code b} is {@code b} rounded and the hint is {@code A} rounded: no
 * provider is needed, and every round checks that the plaintext comes back within the noise. The clock is the CPU time of
 * the one thread that works, so other load on the machine does not count.
 */
public final class CryptoBench {
    private static final int ROUNDS = 8;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /**
     * One measured shape.
     *
     * @param hintCached whether the hint's transform was kept from the call before
     * @param encryptNanos per value, median round
     * @param decryptNanos per value, median round
     * @param log2Error relative error of what came back, over all rounds
     */
    public record Result(
            int tokens, int features, boolean hintCached, double encryptNanos, double decryptNanos, double log2Error) {
        /** DESIGN §8's figure. */
        public double nanosPerValue() {
            return (encryptNanos + decryptNanos) / 2;
        }
    }

    private final LatticeParameters parameters = LatticeParameters.MLWE_256x5;
    private final PublicMatrix matrix = PublicMatrix.of(parameters, "00".repeat(32), 1);

    /** Width of this machine's vectors as the JVM uses them. */
    public static int vectorBits() {
        return DoubleVector.SPECIES_PREFERRED.vectorBitSize();
    }

    /** Measures one shape on one core. */
    public Result measure(int tokens, int features, boolean cacheHint) {
        try (ForkJoinPool oneCore = new ForkJoinPool(1)) {
            return oneCore.submit(() -> measureHere(tokens, features, cacheHint))
                    .join();
        }
    }

    private Result measureHere(int tokens, int features, boolean cacheHint) {
        TransformedRows rows = TransformedRows.of(matrix, features, TransformBudget.ofHeap());
        MlweCipher cipher = new MlweCipher(parameters, rows, "00".repeat(32));
        MemorySegment hintFile = identityHint(features);
        TransformBudget budget = cacheHint ? TransformBudget.ofHeap() : new TransformBudget(0);
        TransformedRows hint = TransformedRows.ofHint(hintFile, parameters, features, budget);
        TokenQuantizer.Step step = new TokenQuantizer.Step("bench", features, 1, null);
        float[] x = gaussian((long) tokens * features);
        float[] y = new float[x.length];
        double[] encrypt = new double[ROUNDS];
        double[] decrypt = new double[ROUNDS];
        double worst = Double.NEGATIVE_INFINITY;
        WarmUp warmUp = new WarmUp();
        for (int round = -1; round < ROUNDS; round += warmUp.isOver() ? 1 : 0) {
            long start = THREADS.getCurrentThreadCpuTime();
            MlweCipher.Encryption encryption = cipher.encrypt(step, x, 0, tokens);
            long encrypted = THREADS.getCurrentThreadCpuTime();
            EncryptedTensor answer = identityAnswer(encryption.wire());
            long answered = THREADS.getCurrentThreadCpuTime();
            PendingProduct.prepare(List.of(encryption.pending()), hint);
            encryption.pending().decrypt(answer, null, y, 0);
            long decrypted = THREADS.getCurrentThreadCpuTime();
            worst = Math.max(worst, log2Error(x, y));
            if (round >= 0) {
                encrypt[round] = (double) (encrypted - start) / x.length;
                decrypt[round] = (double) (decrypted - answered) / x.length;
            }
        }
        return new Result(tokens, features, cacheHint, median(encrypt), median(decrypt), worst);
    }

    private MemorySegment identityHint(int features) {
        int n = parameters.latticeDimension();
        byte[] file = new byte[Math.toIntExact(HintCodec.fileBytes(parameters, features))];
        HintCodec.writeHeader(MemorySegment.ofArray(file), parameters, features);
        int[] row = new int[n];
        for (int j = 0; j < features; j++) {
            matrix.expandRows(j, row);
            int offset = HintCodec.HEADER_BYTES + j * HintCodec.rowBytes(parameters);
            for (int c = 0; c < n; c++) {
                HintCodec.putCoefficient(file, offset + 3 * c, HintCodec.round24(Integer.toUnsignedLong(row[c])));
            }
        }
        return MemorySegment.ofArray(file);
    }

    private EncryptedTensor identityAnswer(byte[] wire) {
        EncryptedTensor request = EncryptedTensor.read(MemorySegment.ofArray(wire));
        int words = request.tokens() * request.features();
        MemorySegment payload = MemorySegment.ofArray(new byte[2 * words]);
        for (int i = 0; i < words; i++) {
            long word = Integer.toUnsignedLong(request.payload().get(EncryptedTensor.U32, 4L * i));
            long rounded = ((word << 16) + LatticeParameters.Q / 2) / LatticeParameters.Q;
            payload.set(EncryptedTensor.U16, 2L * i, (short) rounded);
        }
        return new EncryptedTensor(parameters, AnswerBits.BITS_16, request.tokens(), request.features(), payload);
    }

    private static float[] gaussian(long count) {
        Random random = new Random(1);
        float[] values = new float[Math.toIntExact(count)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double log2Error(float[] x, float[] y) {
        double error = 0;
        double power = 0;
        for (int i = 0; i < x.length; i++) {
            error += Math.pow((double) y[i] - x[i], 2);
            power += (double) x[i] * x[i];
        }
        return Math.log(error / power) / Math.log(4);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
