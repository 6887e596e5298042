package io.veilora.client.llama;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * exp and sums over vectors, the same bits whether interpreted or compiled. The Vector API promises that neither for
 * {@code lanewise(EXP)} nor for {@code reduceLanes(ADD)}, and a resumed run must repeat its losses.
 *
 * <pre>
 * eˣ = 2ⁿ·eʳ,  n = round(x·log₂e),  r = x − n·ln 2 in [−0.347, 0.347],  eʳ by its Taylor polynomial of degree 7
 * </pre>
 *
 * The remainder of the polynomial is below 6e-9, a tenth of a float's rounding.
 */
final class VectorMath {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    static final int LANES = SPECIES.length();

    /** Adding it to a float below 2^22 leaves the nearest integer in the low bits. */
    private static final float ROUND = 0x1.8p23f;

    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts: n times the first is exact. */
    private static final float LN2_HIGH = 0x1.62ep-1f;

    private static final float LN2_LOW = (float) (0.6931471805599453 - LN2_HIGH);
    private static final float SMALLEST = -87f;
    private static final float LARGEST = 88f;

    private VectorMath() {}

    /** eˣ to about 2 units in the last place for x in [−87, 88]; arguments outside count as the nearer end; NaN stays. */
    static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.max(SMALLEST).min(LARGEST);
        FloatVector shifted = clamped.fma(LOG2_E, ROUND);
        FloatVector n = shifted.sub(ROUND);
        FloatVector r = n.fma(all(-LN2_LOW), n.fma(all(-LN2_HIGH), clamped));
        FloatVector p = r.fma(1f / 5040, 1f / 720);
        p = p.fma(r, all(1f / 120));
        p = p.fma(r, all(1f / 24));
        p = p.fma(r, all(1f / 6));
        p = p.fma(r, all(0.5f));
        p = p.fma(r, all(1f));
        p = p.fma(r, all(1f));
        IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return p.reinterpretAsInts().add(exponent).reinterpretAsFloats();
    }

    private static FloatVector all(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }

    /** The sum of the lanes in a fixed order. */
    static float sum(FloatVector vector) {
        float sum = 0;
        for (int lane = 0; lane < LANES; lane++) {
            sum += vector.lane(lane);
        }
        return sum;
    }

    /** a · b over {@code length} values. */
    static float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
        FloatVector sums = FloatVector.zero(SPECIES);
        int i = 0;
        for (; i < SPECIES.loopBound(length); i += LANES) {
            sums = FloatVector.fromArray(SPECIES, a, aOffset + i)
                    .fma(FloatVector.fromArray(SPECIES, b, bOffset + i), sums);
        }
        float sum = sum(sums);
        for (; i < length; i++) {
            sum += a[aOffset + i] * b[bOffset + i];
        }
        return sum;
    }
}
