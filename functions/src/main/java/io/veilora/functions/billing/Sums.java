package io.veilora.functions.billing;

import java.math.BigInteger;

/**
 * Steps, summed up.
 *
 * @param multiplyAdds does not fit 64 bits for a busy month
 */
public record Sums(long steps, long tokens, BigInteger multiplyAdds, long bytesIn, long bytesOut, long gemmMicros) {
    public static final Sums NONE = new Sums(0, 0, BigInteger.ZERO, 0, 0, 0);

    public Sums plus(Sums other) {
        return new Sums(
                steps + other.steps,
                tokens + other.tokens,
                multiplyAdds.add(other.multiplyAdds),
                bytesIn + other.bytesIn,
                bytesOut + other.bytesOut,
                gemmMicros + other.gemmMicros);
    }

    public long bytes() {
        return bytesIn + bytesOut;
    }
}
