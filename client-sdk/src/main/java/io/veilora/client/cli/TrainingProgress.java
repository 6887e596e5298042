package io.veilora.client.cli;

import io.veilora.client.train.TrainingEvent;
import io.veilora.client.train.TrainingListener;
import java.nio.file.Path;
import java.util.Locale;

/** A run's progress on standard error: a bar with loss and tokens per second, a line for each evaluation. */
final class TrainingProgress implements TrainingListener, AutoCloseable {
    private final String task;
    private final Path run;
    private final Thread interrupted = new Thread(this::sayHowToGoOn);
    private Bar bar;

    TrainingProgress(String task, Path run) {
        this.task = task;
        this.run = run;
        Runtime.getRuntime().addShutdownHook(interrupted);
    }

    private void sayHowToGoOn() {
        System.err.printf("%ninterrupted: run the same command again to go on from the last checkpoint in %s%n", run);
    }

    @Override
    public void on(TrainingEvent event) {
        switch (event) {
            case TrainingEvent.Started started -> {
                started.damaged().forEach(path -> System.err.println("skipped an incomplete checkpoint: " + path));
                bar = Bar.of(task, started.optimizerSteps());
                bar.to(
                        started.optimizerStepsDone(),
                        String.format(Locale.ROOT, "blocks %.0f %% full", 100 * started.fill()));
            }
            case TrainingEvent.StepFinished step ->
                bar.to(
                        step.step(),
                        String.format(
                                Locale.ROOT, "loss %.4f, %.0f tokens/s", step.loss(), step.tokens() / step.seconds()));
            case TrainingEvent.Evaluated evaluated ->
                System.err.printf(
                        Locale.ROOT,
                        "%n%s: held-out loss %.4f after %d optimizer steps (%.1f s)%n",
                        task,
                        evaluated.loss(),
                        evaluated.step(),
                        evaluated.seconds());
            case TrainingEvent.CheckpointSaved saved -> {}
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(interrupted);
        } catch (IllegalStateException e) {
            // The JVM is going down: the hook is what it should be.
        }
    }
}
