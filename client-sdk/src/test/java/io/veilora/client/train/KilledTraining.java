package io.veilora.client.train;

import java.nio.file.Path;

/** The program that {@link KillAndResumeTest} kills: a toy run in clear mode, a line on the output for every event. */
final class KilledTraining {
    private KilledTraining() {}

    /** Arguments: run folder, optimizer steps, milliseconds to rest after each. */
    public static void main(String[] arguments) throws Exception {
        ToyRun run = new ToyRun(Path.of(arguments[0]), ToyRun.config(Integer.parseInt(arguments[1])));
        int rest = Integer.parseInt(arguments[2]);
        run.train(event -> {
            System.out.println(event);
            if (event instanceof TrainingEvent.StepFinished) {
                try {
                    Thread.sleep(rest);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
    }
}
