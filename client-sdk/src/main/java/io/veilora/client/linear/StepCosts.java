package io.veilora.client.linear;

import io.veilora.client.transport.StepTransport.StepAnswer;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** Adds up what encrypted steps cost: client time, provider time, traffic. Safe for concurrent use. */
public final class StepCosts {
    private final LongAdder steps = new LongAdder();
    private final LongAdder tokens = new LongAdder();
    private final LongAdder cryptoNanos = new LongAdder();
    private final LongAdder cryptoValues = new LongAdder();
    private final LongAdder waitNanos = new LongAdder();
    private final LongAdder bytesUp = new LongAdder();
    private final LongAdder bytesDown = new LongAdder();
    private final LongAdder gemmMicros = new LongAdder();
    private final LongAdder providerMicros = new LongAdder();
    private final LongAdder roundTripMicros = new LongAdder();
    private final LongSupplier streamedHintBytes;

    StepCosts() {
        this(() -> 0);
    }

    /** @param streamedHintBytes up to now, counted by whoever streams them */
    StepCosts(LongSupplier streamedHintBytes) {
        this.streamedHintBytes = streamedHintBytes;
    }

    void crypto(long nanos, long values) {
        cryptoNanos.add(nanos);
        cryptoValues.add(values);
    }

    void waited(long nanos) {
        waitNanos.add(nanos);
    }

    void sent(long wireBytes, int paddedTokens) {
        steps.increment();
        tokens.add(paddedTokens);
        bytesUp.add(wireBytes);
    }

    void answered(StepAnswer answer) {
        bytesDown.add(answer.wireBytes());
        gemmMicros.add(answer.timing().gemm());
        providerMicros.add(answer.timing().total());
        roundTripMicros.add(answer.roundTripNanos() / 1000);
    }

    /**
     * The sums up to now.
     *
     * @param paddedTokens tokens of all steps, padding included
     * @param cryptoValues values encrypted or decrypted, padding included
     * @param waitNanos the training thread's wait for answers, all round trips overlapped
     * @param gemmMicros the provider's GEMM time, summed over steps
     * @param providerMicros the gateway's whole time, summed over steps
     * @param roundTripMicros as the client saw it, summed over steps
     * @param streamedHintBytes hints that came in this time because they are not kept on disk, some of them ahead of their
     *     use; not in {@code bytesDown}, which is answers
     */
    public record Totals(
            long steps,
            long paddedTokens,
            long cryptoNanos,
            long cryptoValues,
            long waitNanos,
            long bytesUp,
            long bytesDown,
            long gemmMicros,
            long providerMicros,
            long roundTripMicros,
            long streamedHintBytes) {
        public static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        /** Seconds of the wait that belong to {@code partMicros} of all round trips' time. */
        private double shareOfWait(long partMicros) {
            return roundTripMicros == 0 ? 0 : waitNanos / 1e9 * Math.max(0, partMicros) / roundTripMicros;
        }

        /** Steps in flight overlap, so the wait is split in proportion to what the round trips were made of. */
        public double gemmSeconds() {
            return shareOfWait(gemmMicros);
        }

        /** As {@link #gemmSeconds}: broker, stores, codec and queue at the provider. */
        public double brokerAndStoresSeconds() {
            return shareOfWait(providerMicros - gemmMicros);
        }

        /** As {@link #gemmSeconds}: HTTP between client and gateway. */
        public double transportSeconds() {
            return shareOfWait(roundTripMicros - providerMicros);
        }

        public double cryptoSeconds() {
            return cryptoNanos / 1e9;
        }

        public Totals plus(Totals other) {
            return new Totals(
                    steps + other.steps,
                    paddedTokens + other.paddedTokens,
                    cryptoNanos + other.cryptoNanos,
                    cryptoValues + other.cryptoValues,
                    waitNanos + other.waitNanos,
                    bytesUp + other.bytesUp,
                    bytesDown + other.bytesDown,
                    gemmMicros + other.gemmMicros,
                    providerMicros + other.providerMicros,
                    roundTripMicros + other.roundTripMicros,
                    streamedHintBytes + other.streamedHintBytes);
        }

        public Totals minus(Totals earlier) {
            return new Totals(
                    steps - earlier.steps,
                    paddedTokens - earlier.paddedTokens,
                    cryptoNanos - earlier.cryptoNanos,
                    cryptoValues - earlier.cryptoValues,
                    waitNanos - earlier.waitNanos,
                    bytesUp - earlier.bytesUp,
                    bytesDown - earlier.bytesDown,
                    gemmMicros - earlier.gemmMicros,
                    providerMicros - earlier.providerMicros,
                    roundTripMicros - earlier.roundTripMicros,
                    streamedHintBytes - earlier.streamedHintBytes);
        }
    }

    /** The sums up to now. */
    public Totals totals() {
        return new Totals(
                steps.sum(),
                tokens.sum(),
                cryptoNanos.sum(),
                cryptoValues.sum(),
                waitNanos.sum(),
                bytesUp.sum(),
                bytesDown.sum(),
                gemmMicros.sum(),
                providerMicros.sum(),
                roundTripMicros.sum(),
                streamedHintBytes.getAsLong());
    }
}
