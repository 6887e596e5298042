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
 * Time of the client's cryptography in nanoseconds per value and core: (encrypt {@code T·d} values + decrypt {@code T·d}
 * values) / {@code 2·T·d}, as DESIGN §8 defines it. Decryption begins with the answer's bytes: its digest is checked, the
 * hint products are made, then the values.
 *
 * <p>The weights are the identity, so the answer to {@code b} is {@code b} rounded and the hint is {@code A} rounded: no
 * provider is needed, and every round checks that the plaintext comes back within the noise. The clock of one core is the
 * CPU time of the one thread that works, so other load on the machine does not count; that of several is the time that
 * passed times the cores, so cores that wait for each other do.
 */
public final class CryptoBench {
    private static final int ROUNDS = 8;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** Worst error that decryption may have for identity weights up to 8192 features: DESIGN §3. */
    private static final double LARGEST_LOG2_ERROR = -9.5;

    /**
     * What to measure.
     *
     * @param hintKept whether the hint's transform is kept from call to call
     */
    public record Shape(int tokens, int features, boolean hintKept, int cores) {}

    /**
     * One measured shape.
     *
     * @param encryptNanos per value and core, median round
     * @param decryptNanos per value and core, median round
     * @param log2Error relative error of what came back, the worst of all rounds
     */
    public record Result(Shape shape, double encryptNanos, double decryptNanos, double log2Error) {
        /** DESIGN §8's figure. */
        public double nanosPerValue() {
            return (encryptNanos + decryptNanos) / 2;
        }

        /** Whether every round decrypted within the noise. */
        public boolean isExact() {
            return log2Error < LARGEST_LOG2_ERROR;
        }
    }

    private final LatticeParameters parameters = LatticeParameters.MLWE_256x5;
    private final PublicMatrix matrix = PublicMatrix.of(parameters, "00".repeat(32), 1);

    /** Width of this machine's vectors as the JVM uses them. */
    public static int vectorBits() {
        return DoubleVector.SPECIES_PREFERRED.vectorBitSize();
    }

    /** Measures one shape, which takes a few seconds; most of them warm the compiler up. */
    public Result measure(Shape shape) {
        try (ForkJoinPool pool = new ForkJoinPool(shape.cores())) {
            return pool.submit(() -> measureHere(shape)).join();
        }
    }

    private Result measureHere(Shape shape) {
        int tokens = shape.tokens();
        int features = shape.features();
        TransformedRows rows = TransformedRows.of(matrix, features, TransformBudget.ofHeap());
        MlweCipher cipher = new MlweCipher(parameters, rows, "00".repeat(32));
        TransformBudget budget = shape.hintKept() ? TransformBudget.ofHeap() : new TransformBudget(0);
        TransformedRows hint = TransformedRows.ofHint(identityHint(features), parameters, features, budget);
        TokenQuantizer.Step step = new TokenQuantizer.Step("bench", features, 1, null);
        float[] x = gaussian((long) tokens * features);
        float[] y = new float[x.length];
        double[] encrypt = new double[ROUNDS];
        double[] decrypt = new double[ROUNDS];
        double worst = Double.NEGATIVE_INFINITY;
        WarmUp warmUp = new WarmUp();
        for (int round = -1; round < ROUNDS; round += warmUp.isOver() ? 1 : 0) {
            long start = coreNanos(shape);
            MlweCipher.Encryption encryption = cipher.encrypt(step, x, 0, tokens);
            long encrypted = coreNanos(shape);
            MemorySegment answer = identityAnswer(encryption.wire());
            long answered = coreNanos(shape);
            EncryptedTensor checked = EncryptedTensor.read(answer);
            PendingProduct.prepare(List.of(encryption.pending()), hint);
            encryption.pending().decrypt(checked, null, y, 0);
            long decrypted = coreNanos(shape);
            worst = Math.max(worst, log2Error(x, y));
            if (round >= 0) {
                encrypt[round] = (double) (encrypted - start) / x.length;
                decrypt[round] = (double) (decrypted - answered) / x.length;
            }
        }
        return new Result(shape, median(encrypt), median(decrypt), worst);
    }

    private static long coreNanos(Shape shape) {
        return shape.cores() == 1 ? THREADS.getCurrentThreadCpuTime() : shape.cores() * System.nanoTime();
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

    private MemorySegment identityAnswer(byte[] wire) {
        EncryptedTensor request = EncryptedTensor.read(MemorySegment.ofArray(wire));
        int words = request.tokens() * request.features();
        long bytes = EncryptedTensor.wireBytes(AnswerBits.BITS_16, request.tokens(), request.features());
        MemorySegment answer = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
        EncryptedTensor tensor =
                EncryptedTensor.over(answer, parameters, AnswerBits.BITS_16, request.tokens(), request.features());
        for (int i = 0; i < words; i++) {
            long word = Integer.toUnsignedLong(request.payload().get(EncryptedTensor.U32, 4L * i));
            long rounded = ((word << 16) + LatticeParameters.Q / 2) / LatticeParameters.Q;
            tensor.payload().set(EncryptedTensor.U16, 2L * i, (short) rounded);
        }
        tensor.seal(answer);
        return answer;
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
