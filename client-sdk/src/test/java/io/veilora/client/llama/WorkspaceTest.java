package io.veilora.client.llama;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.model.AttentionVariant;
import io.veilora.protocol.model.LlamaConfig;
import java.lang.reflect.Field;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkspaceTest {
    private static final int TOKENS = 10;

    /** Memory is refused or granted by the count, so it must be that of the arrays. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theFloatsOfATokenAreCountedAsTheyAreAllocated(boolean queryKeyNorm) throws IllegalAccessException {
        LlamaConfig config = new LlamaConfig(
                53, 16, 23, 3, 4, 2, 6, 1e-5, 10000, 64, false, new AttentionVariant(false, false, queryKeyNorm), null);
        Workspace workspace = new Workspace(config, TOKENS);
        long floats = floats(workspace.scratch) + workspace.dx.length + workspace.residual(0, true).length;
        for (int block = 0; block < config.blocks(); block++) {
            floats += floats(workspace.kept(block, true)) + workspace.residual(block + 1, true).length;
        }
        assertThat(TOKENS * Workspace.floats(config)).isEqualTo(floats);
    }

    private static long floats(Object holder) throws IllegalAccessException {
        long sum = 0;
        for (Field field : holder.getClass().getDeclaredFields()) {
            if (field.getType() == float[].class) {
                sum += ((float[]) field.get(holder)).length;
            }
        }
        return sum;
    }
}
