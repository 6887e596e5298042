package io.veilora.client.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.model.ModelManifest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HintPlanTest {
    private static final HintId UNUSED = new HintId(LayerId.parse("blocks.0.qkv"), Direction.BACKWARD);

    private static ModelManifest manifest;

    @BeforeAll
    static void publish() throws IOException {
        manifest = OpenModel.random(new LlamaConfig(53, 16, 23, 2, 4, 2, 6, 1e-5, 10000, 64, false), 1)
                .manifest();
    }

    private static long bytes(Iterable<HintId> hints) {
        long bytes = 0;
        for (HintId hint : hints) {
            bytes += hint.file(manifest).bytes();
        }
        return bytes;
    }

    private static List<HintId> used() {
        return HintId.all(manifest).stream()
                .filter(hint -> !hint.equals(UNUSED))
                .toList();
    }

    @Test
    void everythingThatTrainingNeedsIsKeptWhenThereIsRoom() {
        HintPlan plan = HintPlan.of(manifest, Long.MAX_VALUE, file -> false);
        assertThat(plan.kept()).containsExactlyInAnyOrderElementsOf(used());
        assertThat(plan.streamedBytes()).isZero();
        assertThat(plan.keptBytes()).isEqualTo(bytes(used()));
        assertThat(plan.missingBytes()).isEqualTo(plan.diskBytes());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 60_000, 200_000, 500_000, 1_000_000, 2_000_000})
    void theQuotaIsNeverExceededAndNothingIsCountedTwice(long quota) {
        HintPlan plan = HintPlan.of(manifest, quota, file -> false);
        assertThat(plan.keptBytes()).isEqualTo(bytes(plan.kept())).isLessThanOrEqualTo(quota);
        assertThat(plan.keptBytes() + plan.streamedBytes()).isEqualTo(bytes(used()));
        long smallestStreamed = used().stream()
                .filter(hint -> !plan.kept().contains(hint))
                .mapToLong(hint -> hint.file(manifest).bytes())
                .min()
                .orElse(Long.MAX_VALUE);
        assertThat(smallestStreamed)
                .as("room is left for none of the streamed")
                .isGreaterThan(quota - plan.keptBytes());
    }

    @Test
    void forwardHintsGoFirst() {
        List<HintId> forward = used().stream()
                .filter(hint -> hint.direction() == Direction.FORWARD)
                .toList();
        assertThat(HintPlan.of(manifest, bytes(forward), file -> false).kept())
                .containsExactlyInAnyOrderElementsOf(forward);
    }

    @Test
    void hintsThatAreThereStayWhenTheQuotaGrows() {
        HintPlan small = HintPlan.of(manifest, 300_000, file -> false);
        HintPlan large = HintPlan.of(manifest, 700_000, file -> small.kept().stream()
                .anyMatch(hint -> hint.file(manifest).equals(file)));
        assertThat(large.kept()).containsAll(small.kept());
        assertThat(large.missingBytes()).isEqualTo(large.diskBytes() - small.keptBytes());
    }
}
