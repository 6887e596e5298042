package io.veilora.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.linear.StepCosts;
import io.veilora.client.train.ProcessorUse;
import io.veilora.client.train.TrainingEvent;
import io.veilora.client.train.TrainingEvent.StepFinished;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingProgressTest {
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private long nanos = 42;
    private final Screen screen = new Screen(new PrintStream(said, true, StandardCharsets.UTF_8), false, () -> nanos);

    private List<String> lines() {
        return said.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static TrainingEvent started(long done, long of) {
        return new TrainingEvent.Started(done, of, 0.789, List.of());
    }

    /** A step of two seconds with 512 tokens. */
    private StepFinished step(long number, StepCosts.Totals costs) {
        nanos += Duration.ofSeconds(2).toNanos();
        return new StepFinished(number, 4.0 / number, 1e-3, 1, 512, 300, 2, costs, ProcessorUse.NONE);
    }

    private static StepCosts.Totals traffic(long up, long down, long streamedHints) {
        return new StepCosts.Totals(68, 17408, 1, 1, 1, up, down, 1, 1, 1, streamedHints, 0);
    }

    @Test
    void saysLossTokensASecondTimeLeftAndTheBytesSentReceivedAndStreamedUpToNow() {
        try (TrainingProgress progress = new TrainingProgress(screen, "train")) {
            progress.on(started(0, 4));
            progress.on(step(1, traffic(3_000_000, 1_000_000, 5_000_000)));
            progress.on(step(2, traffic(3_000_000, 1_000_000, 5_000_000)));
        }
        assertThat(lines())
                .containsExactly(
                        "train 25 %, loss 4.0000, 256 tokens/s, 3.0 MB up, 1.0 MB down, 5.0 MB of hints, 0:00:06 left",
                        "train 50 %, loss 2.0000, 256 tokens/s, 6.0 MB up, 2.0 MB down, 10.0 MB of hints, 0:00:04 left");
    }

    @Test
    void whatIsNotSentOrNotStreamedIsNotNamed() {
        try (TrainingProgress progress = new TrainingProgress(screen, "train")) {
            progress.on(started(0, 2));
            progress.on(step(1, traffic(3_000_000, 1_000_000, 0)));
            progress.on(step(2, StepCosts.Totals.NONE));
        }
        assertThat(lines().getFirst()).contains("MB up").doesNotContain("hints");
        try (TrainingProgress progress = new TrainingProgress(screen, "clear")) {
            progress.on(started(0, 1));
            progress.on(step(1, StepCosts.Totals.NONE));
        }
        assertThat(lines().getLast()).isEqualTo("clear 100 %, loss 4.0000, 256 tokens/s");
    }

    @Test
    void stepsThatWereDoneEarlierCountNothingForTheTimeLeft() {
        try (TrainingProgress progress = new TrainingProgress(screen, "train")) {
            progress.on(started(100, 120));
            for (int number = 101; number <= 110; number++) {
                progress.on(step(number, StepCosts.Totals.NONE));
            }
        }
        assertThat(lines().getFirst()).isEqualTo("train: going on after 100 optimizer steps");
        assertThat(lines().getLast()).startsWith("train 90 %").endsWith("0:00:24 left");
    }

    @Test
    void aSlowRunSaysSomethingEveryMinuteAndAFastOneTenTimes() {
        try (TrainingProgress progress = new TrainingProgress(screen, "train")) {
            progress.on(started(0, 1000));
            for (int number = 1; number <= 1000; number++) {
                progress.on(step(number, StepCosts.Totals.NONE));
            }
        }
        // 33 minutes; a tenth takes 200 s
        assertThat(lines()).hasSizeBetween(30, 45);
    }

    @Test
    void evaluationsRemarksAndDamagedCheckpointsAreLinesOfTheirOwn() {
        try (TrainingProgress progress = new TrainingProgress(screen, "train")) {
            progress.on(new TrainingEvent.RecordsTooLong(3, 1));
            progress.on(new TrainingEvent.MailLeftOut(2));
            progress.on(new TrainingEvent.OtherBaseModelName(Path.of("100%/adapter_config.json"), "one", "two"));
            progress.on(new TrainingEvent.Started(20, 40, 1, List.of(Path.of("100%/step-00000030"))));
            progress.on(new TrainingEvent.Evaluated(20, 1.25, 100, 3.5));
            progress.on(new TrainingEvent.Evaluated(40, 1.125, 100, 3.5, traffic(3_000_000, 1_000_000, 0)));
        }
        assertThat(lines())
                .containsExactly(
                        "records too long: 3 cut, 1 skipped",
                        "mail left out: 2 without a reply in plain text to learn",
                        "warning: 100%/adapter_config.json was trained on 'one', this base model is 'two'; make sure that"
                                + " they are the same",
                        "skipped an incomplete checkpoint: 100%/step-00000030",
                        "train: going on after 20 optimizer steps",
                        "train: held-out loss 1.2500 after 20 optimizer steps (3.5 s)",
                        "train: held-out loss 1.1250 after 40 optimizer steps (3.5 s, 3.0 MB up, 1.0 MB down)");
    }
}
