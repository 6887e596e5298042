package io.veilora.functions.bench;

import io.veilora.client.crypto.MlweCipher;
import io.veilora.client.crypto.PendingProduct;
import io.veilora.client.crypto.TokenQuantizer;
import io.veilora.client.crypto.TransformBudget;
import io.veilora.client.crypto.TransformedRows;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.QuantizedWeights;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.HintCodec;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.Product;
import io.veilora.runtime.ResidentWeights;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * One encrypted product {@code y = W_q·x} with both sides' real classes in one process: encrypt, the request's bytes, the
 * provider's engine, the answer's bytes, decrypt. Square weights, one tenant, no HTTP and no broker.
 */
final class EncryptedProduct implements AutoCloseable {
    private static final LatticeParameters PARAMETERS = LatticeParameters.MLWE_256x5;
    private static final String MODEL_DIGEST = "00".repeat(32);

    /**
     * One product's time and traffic.
     *
     * @param encryptSeconds from floats to the request's bytes
     * @param multiplySeconds from these to the answer's bytes
     * @param decryptSeconds from these to floats, the hint product included
     */
    record Cost(double encryptSeconds, double multiplySeconds, double decryptSeconds, long bytesUp, long bytesDown) {}

    private final int width;
    private final ModularGemm engine;
    private final ResidentWeights weights;
    private final MlweCipher cipher;
    private final TransformedRows hint;
    private final TokenQuantizer.Step step;

    /** @param int8 (width, width) */
    EncryptedProduct(ModularGemm engine, byte[] int8, int width) {
        this.width = width;
        this.engine = engine;
        weights = engine.load(MemorySegment.ofArray(int8), width, width);
        float[] one = new float[width];
        Arrays.fill(one, 1);
        double norm = new QuantizedWeights(width, width, int8, one).maxNorm(Direction.FORWARD);
        step = new TokenQuantizer.Step("peers", width, norm, null);
        PublicMatrix matrix = PublicMatrix.of(PARAMETERS, MODEL_DIGEST, 1);
        TransformBudget budget = TransformBudget.ofHeap();
        cipher = new MlweCipher(PARAMETERS, TransformedRows.of(matrix, width, budget), MODEL_DIGEST);
        hint = TransformedRows.ofHint(hint(matrix), PARAMETERS, width, budget);
    }

    /** Bytes of the hint, which a client fetches once a model. */
    long hintBytes() {
        return HintCodec.fileBytes(PARAMETERS, width);
    }

    /** {@code H = W·A}: the coefficients of {@code A} take the place of tokens. */
    private MemorySegment hint(PublicMatrix matrix) {
        int n = PARAMETERS.latticeDimension();
        int[] rows = new int[width * n];
        matrix.expandRows(0, rows);
        int[] columns = new int[rows.length]; // (n, d_in)
        for (int j = 0; j < width; j++) {
            for (int t = 0; t < n; t++) {
                columns[t * width + j] = rows[j * n + t];
            }
        }
        int[] product = new int[n * width]; // (n, d_out)
        engine.multiply(
                weights,
                Direction.FORWARD,
                List.of(new Product(
                        MemorySegment.ofArray(columns), n, MemorySegment.ofArray(product), AnswerBits.BITS_32)));
        byte[] file = new byte[Math.toIntExact(hintBytes())];
        HintCodec.writeHeader(MemorySegment.ofArray(file), PARAMETERS, width);
        for (int i = 0; i < width; i++) {
            int offset = HintCodec.HEADER_BYTES + i * HintCodec.rowBytes(PARAMETERS);
            for (int t = 0; t < n; t++) {
                long h = Integer.toUnsignedLong(product[t * width + i]);
                HintCodec.putCoefficient(file, offset + 3 * t, HintCodec.round24(h));
            }
        }
        return MemorySegment.ofArray(file);
    }

    /**
     * @param x (tokens, width)
     * @param y (tokens, width), overwritten
     */
    Cost multiply(float[] x, int tokens, float[] y) {
        long start = System.nanoTime();
        MlweCipher.Encryption encryption = cipher.encrypt(step, x, 0, tokens);
        long encrypted = System.nanoTime();
        byte[] answer = evaluate(encryption.wire());
        long answered = System.nanoTime();
        PendingProduct.prepare(List.of(encryption.pending()), hint);
        encryption.pending().decrypt(EncryptedTensor.read(MemorySegment.ofArray(answer)), null, y, 0);
        long decrypted = System.nanoTime();
        return new Cost(
                (encrypted - start) / 1e9,
                (answered - encrypted) / 1e9,
                (decrypted - answered) / 1e9,
                encryption.wire().length,
                answer.length);
    }

    private byte[] evaluate(byte[] wire) {
        EncryptedTensor request = EncryptedTensor.read(MemorySegment.ofArray(wire));
        int tokens = request.tokens();
        byte[] answer = new byte[Math.toIntExact(EncryptedTensor.wireBytes(AnswerBits.BITS_16, tokens, width))];
        MemorySegment message = MemorySegment.ofArray(answer);
        EncryptedTensor tensor = EncryptedTensor.over(message, PARAMETERS, AnswerBits.BITS_16, tokens, width);
        engine.multiply(
                weights,
                Direction.FORWARD,
                List.of(new Product(request.payload(), tokens, tensor.payload(), AnswerBits.BITS_16)));
        tensor.seal(message);
        return answer;
    }

    @Override
    public void close() {
        weights.close();
    }
}
