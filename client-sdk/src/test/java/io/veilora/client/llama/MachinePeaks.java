package io.veilora.client.llama;

import static io.veilora.client.llama.VectorMath.LANES;
import static io.veilora.client.llama.VectorMath.SPECIES;

import io.veilora.client.linear.Cores;
import java.util.Locale;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;

/**
 * What this machine reaches with all cores at once: fused multiply-adds of floats in registers, and bytes a second through
 * memory in {@code a ← b + c} over arrays that fit no cache (three bytes moved for each byte of an array).
 *
 * @param gigaflops a fused multiply-add counts as two operations
 */
record MachinePeaks(double gigaflops, double gigabytes) {
    private static final int ROUNDS = 12;
    private static final int FMA_ROUNDS = 1 << 22;
    private static final int ACCUMULATORS = 10;
    private static final int FLOATS = 1 << 24;

    static MachinePeaks measure() {
        float[] sinks = new float[Cores.count()];
        double fma = best(piece -> sinks[piece] = multiplyAdds(1 + piece));
        float[] a = new float[FLOATS];
        float[] b = new float[FLOATS];
        float[] c = new float[FLOATS];
        int part = FLOATS / Cores.count();
        double sum = best(piece -> sum(a, b, c, piece * part, part));
        if (Float.isNaN(sinks[0] + a[0])) {
            throw new AssertionError("the loops computed nothing");
        }
        double operations = 2.0 * ACCUMULATORS * LANES * FMA_ROUNDS * Cores.count();
        return new MachinePeaks(operations / fma / 1e9, 12.0 * part * Cores.count() / sum / 1e9);
    }

    /** The least seconds of some rounds of one piece a core. */
    private static double best(IntConsumer piece) {
        double best = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            Cores.forEach(Cores.count(), piece);
            best = Math.min(best, (System.nanoTime() - start) / 1e9);
        }
        return best;
    }

    /** Independent chains: enough of them to hide the latency of each. */
    private static float multiplyAdds(float start) {
        FloatVector factor = FloatVector.broadcast(SPECIES, 0.999f);
        FloatVector a = FloatVector.broadcast(SPECIES, start), b = a, c = a, d = a, e = a;
        FloatVector f = a, g = a, h = a, i = a, j = a;
        for (int round = 0; round < FMA_ROUNDS; round++) {
            a = a.fma(factor, factor);
            b = b.fma(factor, factor);
            c = c.fma(factor, factor);
            d = d.fma(factor, factor);
            e = e.fma(factor, factor);
            f = f.fma(factor, factor);
            g = g.fma(factor, factor);
            h = h.fma(factor, factor);
            i = i.fma(factor, factor);
            j = j.fma(factor, factor);
        }
        FloatVector all =
                a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j);
        return VectorMath.sum(all);
    }

    private static void sum(float[] a, float[] b, float[] c, int from, int count) {
        for (int i = from; i < from + count; i += LANES) {
            FloatVector.fromArray(SPECIES, b, i)
                    .add(FloatVector.fromArray(SPECIES, c, i))
                    .intoArray(a, i);
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "peak of %d cores: %.0f GFLOP/s of fused multiply-adds, %.1f GB/s through memory",
                Cores.count(),
                gigaflops,
                gigabytes);
    }
}
