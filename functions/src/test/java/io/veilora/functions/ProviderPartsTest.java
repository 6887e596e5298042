package io.veilora.functions;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.model.Direction;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.Product;
import io.veilora.runtime.ResidentWeights;
import io.veilora.runtime.ScalarGemm;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProviderPartsTest {
    private static final long GIB = 1L << 30;

    @Test
    void weightsGetEightGibibytesOfTheHostUnlessTheConfigurationSaysOtherwise() {
        ModularGemm host = new ScalarGemm();
        assertThat(ProviderParts.weightBytes(OptionalLong.empty(), host)).isEqualTo(8 * GIB);
        assertThat(ProviderParts.weightBytes(OptionalLong.of(20 * GIB), host)).isEqualTo(20 * GIB);
    }

    @Test
    void weightsGetWhatADeviceHasAndNeverMore() {
        ModularGemm device = new Device(70 * GIB);
        assertThat(ProviderParts.weightBytes(OptionalLong.empty(), device)).isEqualTo(70 * GIB);
        assertThat(ProviderParts.weightBytes(OptionalLong.of(20 * GIB), device)).isEqualTo(20 * GIB);
        assertThat(ProviderParts.weightBytes(OptionalLong.of(100 * GIB), device))
                .isEqualTo(70 * GIB);
    }

    /** An engine with memory of its own, and nothing else. */
    private record Device(long bytes) implements ModularGemm {
        @Override
        public String name() {
            return "device";
        }

        @Override
        public OptionalLong memoryBytes() {
            return OptionalLong.of(bytes);
        }

        @Override
        public ResidentWeights load(MemorySegment int8, int outputFeatures, int inputFeatures) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void multiply(ResidentWeights weights, Direction direction, List<Product> products) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            // Nothing to give back.
        }
    }
}
