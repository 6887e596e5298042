package io.veilora.client.linear;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;

/**
 * What products of remote layers send and receive (DESIGN §5): 4 bytes a value up, 2 down, a header each way, tokens padded
 * to whole blocks. Retries are not in it.
 */
public record StepTraffic(long steps, long bytesUp, long bytesDown) {
    public static final StepTraffic NONE = new StepTraffic(0, 0, 0);

    /**
     * One product.
     *
     * @param sent features of the request
     * @param received features of the answer
     */
    public static StepTraffic of(LatticeParameters parameters, int sent, int received, int tokens) {
        long blocks = parameters.blocks(tokens); // a step each
        int block = parameters.ringDimension();
        return new StepTraffic(
                blocks,
                blocks * EncryptedTensor.wireBytes(AnswerBits.BITS_32, block, sent),
                blocks * EncryptedTensor.wireBytes(AnswerBits.BITS_16, block, received));
    }

    public StepTraffic plus(StepTraffic other) {
        return new StepTraffic(steps + other.steps, bytesUp + other.bytesUp, bytesDown + other.bytesDown);
    }

    public StepTraffic times(long count) {
        return new StepTraffic(steps * count, bytesUp * count, bytesDown * count);
    }
}
