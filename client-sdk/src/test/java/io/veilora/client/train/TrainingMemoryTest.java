package io.veilora.client.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.client.llama.TinyLlama;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.Projection;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.problem.PermanentException;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class TrainingMemoryTest {
    private static final LlamaConfig MODEL = TinyLlama.smallConfig();

    @Test
    void theAdapterTakesItsParametersTheirGradientsAndTwoMomentsOfEach() {
        LoraConfig some = new LoraConfig(4, 8, EnumSet.of(Projection.Q, Projection.DOWN), 1);
        LoraConfig all = new LoraConfig(4, 8, EnumSet.allOf(Projection.class), 1);
        long more = TrainingMemory.of(MODEL, all, 16).bytes()
                - TrainingMemory.of(MODEL, some, 16).bytes();
        assertThat(more).isEqualTo(16 * (parameters(all) - parameters(some)));
    }

    private static long parameters(LoraConfig config) {
        return Adapter.initialize(config, MODEL).parameters().stream()
                .mapToLong(tensor -> tensor.value().length)
                .sum();
    }

    @Test
    void aRunThatCannotFitIsRefusedWithWhatItNeedsAndWhatToDo() {
        TrainingMemory memory = new TrainingMemory(4096, 3L << 30);
        memory.requireRoom(3L << 30);
        assertThatThrownBy(() -> memory.requireRoom((3L << 30) - 1))
                .isInstanceOf(PermanentException.class)
                .hasMessageContainingAll("4096 tokens", "need 3072 MiB", "got 3071 MiB", "-Xmx9216m");
    }
}
