package io.veilora.runtime;

/**
 * One layer's int8 weights, (d_out, d_in), where an engine computes: host memory or a device. One copy serves both
 * directions and any number of concurrent multiplications.
 */
public interface ResidentWeights extends AutoCloseable {
    /** {@code d_out}. */
    int outputFeatures();

    /** {@code d_in}. */
    int inputFeatures();

    /** Bytes that this layer occupies there. */
    long bytes();

    /**
     * Gives the memory back, after the multiplications that are running have ended: a cache may evict at any time. Later
     * multiplications fail with {@link IllegalStateException}. Closing twice does nothing.
     */
    @Override
    void close();
}
