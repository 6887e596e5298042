package io.veilora.runtime;

import static io.veilora.runtime.StackedProducts.HALF_WORD;
import static io.veilora.runtime.StackedProducts.WORD;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The definition of the result, one value at a time:
 *
 * <pre>
 *   FORWARD   y[t][o] = Σ_i b[t][i] · W[o][i]  mod q
 *   BACKWARD  y[t][i] = Σ_o b[t][o] · W[o][i]  mod q
 * </pre>
 *
 * Words {@code b < 2^32}, weights from −128 to 127, at most 2^23 terms: sums stay below 2^62 and are exact in a
 * {@code long}. No vectors, no threads, no cleverness: the other engines are tested against this one.
 */
public final class ScalarGemm implements ModularGemm {
    private static final long Q = LatticeParameters.Q;

    @Override
    public String name() {
        return "scalar (reference, 1 thread)";
    }

    @Override
    public ResidentWeights load(MemorySegment int8, int outputFeatures, int inputFeatures) {
        return HostWeights.copyOf(int8, outputFeatures, inputFeatures);
    }

    @Override
    public void multiply(ResidentWeights weights, Direction direction, List<Product> products) {
        HostWeights host = HostWeights.of(weights);
        StackedProducts stack = StackedProducts.of(host, direction, products);
        host.whileOpen(int8 -> stack.products().forEach(product -> multiply(int8, stack, product)));
    }

    private static void multiply(MemorySegment int8, StackedProducts stack, Product product) {
        // Weight of (k-th term, n-th answer) stands at k·termStep + n·answerStep in the (d_out, d_in) matrix.
        boolean forward = stack.direction() == Direction.FORWARD;
        long termStep = forward ? 1 : stack.width();
        long answerStep = forward ? stack.depth() : 1;
        for (int t = 0; t < product.tokens(); t++) {
            long inputRow = (long) t * stack.depth();
            for (int n = 0; n < stack.width(); n++) {
                long sum = 0;
                for (int k = 0; k < stack.depth(); k++) {
                    long word = Integer.toUnsignedLong(product.input().get(WORD, (inputRow + k) * Integer.BYTES));
                    sum += word * int8.get(ValueLayout.JAVA_BYTE, k * termStep + n * answerStep);
                }
                write(product, (long) t * stack.width() + n, Math.floorMod(sum, Q));
            }
        }
    }

    private static void write(Product product, long index, long y) {
        switch (product.answerBits()) {
            case BITS_32 -> product.output().set(WORD, index * Integer.BYTES, (int) y);
            case BITS_16 -> product.output().set(HALF_WORD, index * Short.BYTES, roundTo16Bits(y));
        }
    }

    /** {@code round(y·2^16/q) mod 2^16}; no tie is possible, {@code q} being odd. */
    static short roundTo16Bits(long y) {
        return (short) (((y << 17) + Q) / (2 * Q));
    }

    @Override
    public void close() {
        // Nothing to stop.
    }
}
