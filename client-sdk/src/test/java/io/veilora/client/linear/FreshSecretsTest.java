package io.veilora.client.linear;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.client.transport.StepTransport.StepRequest;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.wire.EncryptedTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * DESIGN §2, rule 1, seen from the wire. Two ciphertexts under one secret differ by the difference of their plaintexts,
 * far below {@code q}; under fresh secrets the difference is uniform.
 */
@Timeout(60)
class FreshSecretsTest {
    private final OpenModel model = open();
    private final OpenProvider provider = new OpenProvider(model);
    private final EncryptedLayers layers = new EncryptedLayers(model.manifest(), model, provider);

    private static OpenModel open() {
        try {
            return OpenModel.random(OpenModel.smallConfig(), 3);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void forward(String layer, int tokens) {
        LayerId id = LayerId.parse(layer);
        ExactProduct.ofRandomInput(model.weights().get(id), Direction.FORWARD, tokens, 4)
                .by(layers.apply(id));
    }

    private void backward(String layer, int tokens) {
        LayerId id = LayerId.parse(layer);
        ExactProduct.ofRandomInput(model.weights().get(id), Direction.BACKWARD, tokens, 4)
                .by(layers.apply(id));
    }

    private static long word(StepRequest request, int index) {
        return Integer.toUnsignedLong(MemorySegment.ofArray(request.wire())
                .get(EncryptedTensor.U32, EncryptedTensor.HEADER_BYTES + 4L * index));
    }

    /** The differences of the words two requests share are uniform: sixteen buckets within six sigma. */
    private static void assertUnrelated(StepRequest a, StepRequest b) {
        int words = Math.min(a.wire().length, b.wire().length) / 4 - EncryptedTensor.HEADER_BYTES / 4;
        int[] buckets = new int[16];
        for (int i = 0; i < words; i++) {
            long difference = Math.floorMod(word(a, i) - word(b, i), LatticeParameters.Q);
            buckets[(int) (difference * buckets.length / LatticeParameters.Q)]++;
        }
        double expected = words / (double) buckets.length;
        for (int count : buckets) {
            assertThat(Math.abs(count - expected)).isLessThan(6 * Math.sqrt(expected));
        }
    }

    private static void assertAllUnrelated(List<StepRequest> requests) {
        for (int i = 0; i < requests.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertUnrelated(requests.get(i), requests.get(j));
            }
        }
    }

    @Test
    void theRecomputationOfAStepIsAnotherEncryption() {
        forward("blocks.0.qkv", 100);
        forward("blocks.0.qkv", 100);
        forward("blocks.0.qkv", 100);
        assertThat(provider.requests).hasSize(3);
        assertAllUnrelated(provider.requests);
        assertThat(provider.requests.stream().map(StepRequest::stepId).collect(Collectors.toSet()))
                .hasSize(3);
    }

    @Test
    void aRestartedClientEncryptsAnew() {
        forward("blocks.0.qkv", 100);
        LayerId id = LayerId.parse("blocks.0.qkv");
        EncryptedLayers restarted = new EncryptedLayers(model.manifest(), model, provider);
        ExactProduct.ofRandomInput(model.weights().get(id), Direction.FORWARD, 100, 4)
                .by(restarted.apply(id));
        assertAllUnrelated(provider.requests);
    }

    @Test
    void noTwoLayersOrDirectionsShareASecret() {
        forward("blocks.0.qkv", 100);
        forward("blocks.0.gate_up", 100); // the same width and input as qkv
        backward("blocks.0.o", 100);
        forward("lm_head", 100);
        assertThat(provider.requests).hasSize(4);
        assertAllUnrelated(provider.requests);
    }

    @Test
    void theChunksOfOneProductShareNoSecret() {
        forward("blocks.0.down", 3 * 256);
        assertThat(provider.requests).hasSize(3);
        assertAllUnrelated(provider.requests);
    }

    @Test
    void whatTheProviderSeesOfAStepIsItsPaddedSizeOnly() {
        for (int tokens : new int[] {1, 100, 256}) {
            forward("blocks.0.down", tokens);
        }
        assertThat(provider.requests.stream()
                        .map(request -> request.wire().length)
                        .distinct())
                .hasSize(1);
    }
}
