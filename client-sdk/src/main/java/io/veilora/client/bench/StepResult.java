package io.veilora.client.bench;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerKind;
import java.util.List;

/**
 * One measured optimizer step.
 *
 * @param loss mean cross-entropy, to see that both ways computed the same
 * @param seconds wall time
 * @param localMathSeconds what was not inside a frozen layer: attention, norms, adapters, loss, AdamW
 * @param clientCpuSeconds of the client's process
 * @param providerCpuSeconds of the provider's process; null if there is none
 * @param waitSeconds of the wall time, the training thread's with nothing to do but wait for the provider
 * @param peakBytesInFlight most bytes of heap that encrypted steps occupied together
 * @param cores of this machine
 * @param streamedHintBytes hints that came in the step because they are not kept on disk; in no layer's bytes
 * @param clientPeakMiB largest resident memory up to now; null where the system does not tell
 * @param providerPeakMiB as {@code clientPeakMiB}
 */
public record StepResult(
        int tokens,
        double loss,
        double seconds,
        double localMathSeconds,
        double clientCpuSeconds,
        Double providerCpuSeconds,
        double waitSeconds,
        long peakBytesInFlight,
        int cores,
        long bytesUp,
        long bytesDown,
        long streamedHintBytes,
        List<Layer> layers,
        Long clientPeakMiB,
        Long providerPeakMiB) {

    /**
     * The frozen layers of one kind in one direction, together.
     *
     * @param seconds wall time
     * @param cryptoSeconds of it, encryption and decryption
     * @param gemmSeconds of it, the provider's GEMM
     * @param brokerAndStoresSeconds of it, the rest of the provider
     * @param transportSeconds of it, HTTP
     */
    public record Layer(
            String kind,
            String direction,
            int calls,
            double seconds,
            double cryptoSeconds,
            double gemmSeconds,
            double brokerAndStoresSeconds,
            double transportSeconds,
            long bytesUp,
            long bytesDown) {
        static Layer of(LayerKind kind, Direction direction, TimedLayers.Cost cost) {
            return new Layer(
                    kind.label(),
                    direction.label(),
                    cost.calls(),
                    cost.seconds(),
                    cost.costs().cryptoSeconds(),
                    cost.costs().gemmSeconds(),
                    cost.costs().brokerAndStoresSeconds(),
                    cost.costs().transportSeconds(),
                    cost.costs().bytesUp(),
                    cost.costs().bytesDown());
        }
    }

    /** Processor time of the client over wall time × cores. */
    public double clientCpuShare() {
        return clientCpuSeconds / (seconds * cores);
    }

    /** As {@link #clientCpuShare} of all measured processes on this machine. */
    public double bothCpuShare() {
        return (clientCpuSeconds + (providerCpuSeconds == null ? 0 : providerCpuSeconds)) / (seconds * cores);
    }

    public double tokensPerSecond() {
        return tokens / seconds;
    }

    /** Of steps and answers; without {@link #streamedHintBytes}. */
    public double bytesPerToken() {
        return (double) (bytesUp + bytesDown) / tokens;
    }
}
