package io.veilora.client.linear;

import io.veilora.client.transport.StepTransport.StepAnswer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
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
    private final AtomicLong bytesInFlight = new AtomicLong();
    private final LongAccumulator peakBytesInFlight = new LongAccumulator(Math::max, 0);
    private final LongSupplier streamedHintBytes;

    StepCosts() {
        this(() -> 0);
    }

    /** @param streamedHintBytes up to now, counted by whoever streams them */
    StepCosts(LongSupplier streamedHintBytes) {
        this.streamedHintBytes = streamedHintBytes;
    }

    /** Runs what the calling thread can only go on after: cryptography of its own, or that of a worker. */
    void crypto(Runnable work) {
        long start = System.nanoTime();
        work.run();
        cryptoNanos.add(System.nanoTime() - start);
    }

    void waited(long nanos) {
        waitNanos.add(nanos);
    }

    void flying(long bytes) {
        peakBytesInFlight.accumulate(bytesInFlight.addAndGet(bytes));
    }

    void landed(long bytes) {
        bytesInFlight.addAndGet(-bytes);
    }

    void sent(long wireBytes, int paddedTokens, long values) {
        steps.increment();
        cryptoValues.add(values);
        tokens.add(paddedTokens);
        bytesUp.add(wireBytes);
    }

    void answered(StepAnswer answer) {
        bytesDown.add(answer.wireBytes());
        cryptoValues.add((long) answer.tensor().tokens() * answer.tensor().features());
        gemmMicros.add(answer.timing().gemm());
        providerMicros.add(answer.timing().total());
        roundTripMicros.add(answer.roundTripNanos() / 1000);
    }

    /**
     * The sums up to now.
     *
     * @param paddedTokens tokens of all steps, padding included
     * @param cryptoNanos the training thread's wait for cryptography, that of its workers included
     * @param cryptoValues values encrypted or decrypted, padding included
     * @param waitNanos the training thread's wait for answers while it had nothing else to do, all round trips overlapped
     * @param gemmMicros the provider's GEMM time, summed over steps
     * @param providerMicros the gateway's whole time, summed over steps
     * @param roundTripMicros as the client saw it, summed over steps
     * @param streamedHintBytes hints that came in this time because they are not kept on disk, some of them ahead of their
     *     use; not in {@code bytesDown}, which is answers
     * @param peakBytesInFlight most bytes of heap that steps in flight occupied together, up to the end of what is summed
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
            long streamedHintBytes,
            long peakBytesInFlight) {
        public static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

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

        public double waitSeconds() {
            return waitNanos / 1e9;
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
                    streamedHintBytes + other.streamedHintBytes,
                    Math.max(peakBytesInFlight, other.peakBytesInFlight));
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
                    streamedHintBytes - earlier.streamedHintBytes,
                    peakBytesInFlight);
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
                streamedHintBytes.getAsLong(),
                peakBytesInFlight.get());
    }
}
