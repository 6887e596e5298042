package io.veilora.protocol.model;

import io.veilora.protocol.wire.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tensors made of nothing but a seed: element {@code i} follows from the seed, the tensor's name and {@code i}, so that any
 * part of any tensor can be read at any time and nothing is stored. Matrices have entries of mean 0 and standard
 * deviation {@code 1/√d_in} (0.02 in the embedding), so that activations keep their size from block to block as in a
 * trained model; vectors (norms) are all 1. A tensor exists as soon as it is asked for.
 */
final class SyntheticTensors implements TensorSource {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final double EMBEDDING_DEVIATION = 0.02;

    /** The sum of two uniform 16-bit integers has this standard deviation. */
    private static final double TRIANGULAR_DEVIATION = 65536 / Math.sqrt(6);

    private final String label;
    private final Set<String> names = ConcurrentHashMap.newKeySet();

    SyntheticTensors(String geometry, long seed) {
        this.label = "veilora/synthetic/v1/" + geometry + "/" + seed;
    }

    @Override
    public Set<String> names() {
        return Set.copyOf(names);
    }

    @Override
    public Tensor require(String name, long... shape) {
        names.add(name);
        return new Synthetic(name, shape, seed(name), scale(name, shape));
    }

    private static float scale(String name, long[] shape) {
        double deviation =
                name.equals(HuggingFaceFolder.EMBEDDING) ? EMBEDDING_DEVIATION : 1 / Math.sqrt(shape[shape.length - 1]);
        return (float) (deviation / TRIANGULAR_DEVIATION);
    }

    private long seed(String name) {
        byte[] digest = Sha256.of((label + "/" + name).getBytes(StandardCharsets.UTF_8));
        long seed = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            seed = seed << 8 | digest[i] & 0xFF;
        }
        return seed;
    }

    @Override
    public String fingerprint() {
        return Sha256.hex(label.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        // nothing is open
    }

    private record Synthetic(String name, long[] shape, long seed, float scale) implements Tensor {
        @Override
        public String type() {
            return "BF16";
        }

        @Override
        public void read(long from, float[] out, int offset, int count) {
            if (shape.length == 1) {
                Arrays.fill(out, offset, offset + count, 1f);
                return;
            }
            for (int i = 0; i < count; i++) {
                out[offset + i] = value(from + i);
            }
        }

        private float value(long element) {
            long bits = mixed(seed + (element >> 1) * GOLDEN_GAMMA) >>> 32 * (element & 1);
            int sum = (int) (bits & 0xFFFF) + (int) (bits >>> 16 & 0xFFFF) - 0xFFFF;
            return Float.intBitsToFloat(Float.floatToRawIntBits(sum * scale) & 0xFFFF0000); // a BF16 value
        }

        /** SplitMix64's finalizer. */
        private static long mixed(long z) {
            long first = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            long second = (first ^ (first >>> 27)) * 0x94D049BB133111EBL;
            return second ^ (second >>> 31);
        }
    }
}
