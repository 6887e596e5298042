package io.veilora.client;

import io.veilora.client.lora.Adapter;
import io.veilora.client.report.TrainingReport;
import io.veilora.client.train.TrainingEvent;
import java.nio.file.Path;
import java.util.List;

/**
 * What a fine-tuning run did, its earlier parts included.
 *
 * @param adapter as it is now, ready for {@link BaseModel#with}
 * @param adapterFolder the same in PEFT's format: {@code RUN/adapter}, or the last checkpoint of an interrupted run
 * @param end why it ended
 * @param steps every optimizer step, in order
 * @param evaluations at step 0, at the end, and between
 * @param report the figures in {@code RUN/report.json}
 */
public record Outcome(
        Adapter adapter,
        Path adapterFolder,
        End end,
        List<TrainingEvent.StepFinished> steps,
        List<TrainingEvent.Evaluated> evaluations,
        TrainingReport report) {

    /** Why a run ended. */
    public enum End {
        /** All optimizer steps are done. */
        COMPLETE,
        /** The held-out loss did not fall any more. */
        EARLY_STOP,
        /** The caller's condition held; the run can go on. */
        INTERRUPTED
    }

    /** The last held-out loss: cross-entropy per labelled token, in nats; NaN without held-out data. */
    public double heldOutLoss() {
        return evaluations.isEmpty() ? Double.NaN : evaluations.getLast().loss();
    }
}
