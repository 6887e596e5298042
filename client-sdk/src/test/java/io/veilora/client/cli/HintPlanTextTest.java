package io.veilora.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.OpenModel;
import io.veilora.client.bundle.HintPlan;
import java.io.IOException;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HintPlanTextTest {
    private static String text(long kept, long streamed) throws IOException {
        HintPlan plan = new HintPlan(Set.of(), kept, streamed, 525_000_000, 525_000_000 + kept);
        return String.join(
                "\n",
                HintPlanText.lines(OpenModel.random(OpenModel.smallConfig(), 1).manifest(), plan));
    }

    @Test
    void theSizesAreSaidBeforeTheDownload() throws IOException {
        assertThat(text(2_800_000_000L, 0))
                .contains("'open'", "client files 525.0 MB", "hints 2.8 GB", "3.3 GB to download now")
                .doesNotContain("streamed");
    }

    @Test
    void whatIsStreamedIsSaidWithItsPriceAndHowToAvoidIt() throws IOException {
        assertThat(text(1_000_000_000L, 1_800_000_000L))
                .contains(
                        "hints 2.8 GB",
                        "kept on disk: 1.0 GB",
                        "streamed: up to 1.8 GB for every 1,024 tokens of a batch")
                .contains("with room for 2.8 GB (--hint-quota");
    }
}
