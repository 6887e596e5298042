package io.veilora.protocol.model;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Set;

/**
 * The tensors of a model, wherever they come from: one file, several shards, or a generator of synthetic weights. Values
 * are read when asked for; a source holds no tensor in memory. Safe for concurrent reads.
 */
public interface TensorSource extends AutoCloseable {
    /** One tensor, row-major. */
    interface Tensor {
        String name();

        /** {@code F32}, {@code BF16} or {@code F16}: every value that {@link #read} gives is one of this type. */
        String type();

        long[] shape();

        /** Writes elements {@code from … from + count − 1} to {@code out} from {@code offset} on. */
        void read(long from, float[] out, int offset, int count);

        /** Number of elements. */
        default long size() {
            return Arrays.stream(shape()).reduce(1, Math::multiplyExact);
        }

        /** The whole tensor: for norms and biases, not for matrices. */
        default float[] floats() {
            float[] out = new float[Math.toIntExact(size())];
            read(0, out, 0, out.length);
            return out;
        }
    }

    /** Every tensor's name. */
    Set<String> names();

    /**
     * The tensor of that name and shape.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} naming the file and the tensor if it is missing or has
     *     another shape, {@link ProblemCode#UNSUPPORTED_MODEL} if its type is none of the three
     */
    Tensor require(String name, long... shape);

    /**
     * SHA-256 in lower-case hexadecimal of all there is: two sources with one fingerprint have the same tensors. Reads
     * the whole source.
     */
    String fingerprint() throws IOException;

    @Override
    void close();
}
