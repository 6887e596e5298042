package io.veilora.client.bench;

import io.veilora.client.bench.CryptoBench.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code bench kernels} measures. The first shape of each list is the one that the headline figures are of.
 *
 * @param gemm {@code T x d_in x d_out}
 * @param gemmSeconds for each shape and direction
 */
public record KernelSweep(List<Shape> crypto, List<String> gemm, double gemmSeconds) {
    /** DESIGN §8's shapes and those around them: about three minutes. */
    public static KernelSweep full(int cores) {
        List<Shape> crypto = new ArrayList<>();
        for (int features : new int[] {2048, 256, 8192}) {
            for (int tokens : new int[] {1024, 256}) {
                crypto.add(new Shape(tokens, features, true, 1));
                crypto.add(new Shape(tokens, features, false, 1));
            }
        }
        if (cores > 1) {
            crypto.add(new Shape(1024, 2048, true, cores));
            crypto.add(new Shape(1024, 2048, false, cores));
        }
        return new KernelSweep(
                crypto, List.of("256x2048x8192", "256x256x704", "256x2048x2048", "256x8192x2048", "1024x2048x8192"), 2);
    }

    /** Small shapes, some seconds: shows that everything works, and says nothing about speed. */
    public static KernelSweep brief() {
        return new KernelSweep(
                List.of(new Shape(256, 64, true, 1), new Shape(256, 64, false, 1)), List.of("64x256x704"), 0.2);
    }
}
