package io.veilora.client.cli;

import io.veilora.client.linear.StepCosts;
import io.veilora.client.train.TrainingEvent;
import io.veilora.client.train.TrainingListener;
import io.veilora.protocol.text.ByteCount;
import java.util.Locale;

/**
 * A run's progress on standard error: a bar with loss, tokens per second, bytes and time left, and a line for each
 * evaluation; plain lines where standard error is no terminal.
 */
final class TrainingProgress implements TrainingListener, AutoCloseable {
    private final Screen screen;
    private final String task;
    private StepCosts.Totals costs = StepCosts.Totals.NONE;
    private Bar bar;

    TrainingProgress(String task) {
        this(Screen.standardError(), task);
    }

    TrainingProgress(Screen screen, String task) {
        this.screen = screen;
        this.task = task;
    }

    @Override
    public void on(TrainingEvent event) {
        switch (event) {
            case TrainingEvent.Remark remark -> say("%s", remark.words());
            case TrainingEvent.Started started -> begin(started);
            case TrainingEvent.StepFinished step -> {
                costs = costs.plus(step.costs());
                bar.to(step.step(), note(step));
            }
            case TrainingEvent.Evaluated evaluated ->
                say(
                        "%s: held-out loss %.4f after %d optimizer steps (%.1f s%s)",
                        task, evaluated.loss(), evaluated.step(), evaluated.seconds(), traffic(evaluated.costs()));
            case TrainingEvent.CheckpointSaved saved -> {}
        }
    }

    private void begin(TrainingEvent.Started started) {
        started.damaged().forEach(path -> say("skipped an incomplete checkpoint: %s", path));
        if (started.optimizerStepsDone() > 0) {
            say("%s: going on after %d optimizer steps", task, started.optimizerStepsDone());
        }
        bar = Bar.from(screen, task, started.optimizerStepsDone(), started.optimizerSteps());
        bar.to(
                started.optimizerStepsDone(),
                String.format(Locale.ROOT, "blocks %.0f %% full", 100 * started.blockFill()));
    }

    private String note(TrainingEvent.StepFinished step) {
        String note =
                String.format(Locale.ROOT, "loss %.4f, %.0f tokens/s", step.loss(), step.tokens() / step.seconds());
        return note + traffic(costs);
    }

    /** {@code , 3.0 MB up, 1.0 MB down}: what was sent, received and streamed; empty for nothing. */
    static String traffic(StepCosts.Totals costs) {
        String note = "";
        if (costs.bytesUp() > 0) {
            note += ", " + ByteCount.text(costs.bytesUp()) + " up, " + ByteCount.text(costs.bytesDown()) + " down";
        }
        if (costs.streamedHintBytes() > 0) {
            note += ", " + ByteCount.text(costs.streamedHintBytes()) + " of hints";
        }
        return note;
    }

    private void say(String format, Object... values) {
        screen.out().println((bar == null ? "" : bar.lineBreak()) + String.format(Locale.ROOT, format, values));
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
