package io.veilora.client.train;

import io.veilora.client.data.ReadData;
import io.veilora.client.linear.StepCosts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** What a training run tells its listener. Numbers about the run only: never a token, a text or an activation. */
public sealed interface TrainingEvent {

    /**
     * The run begins or goes on.
     *
     * @param optimizerStepsDone 0 for a new run, else those of the checkpoint it goes on from
     * @param optimizerSteps of the whole run
     * @param blockFill share of the first epoch's encrypted blocks that holds tokens; the rest is filled up and paid for
     * @param damaged checkpoints that were skipped because they are not complete
     */
    record Started(long optimizerStepsDone, long optimizerSteps, double blockFill, List<Path> damaged)
            implements TrainingEvent {}

    /**
     * An optimizer step is done.
     *
     * @param step counted from 1
     * @param loss cross-entropy per labelled token, over the step's micro-batches, before the update
     * @param gradientNorm before clipping
     * @param tokens that went through the model
     * @param labelledTokens those that counted in the loss
     * @param seconds wall time
     * @param costs what the encrypted layers cost in these seconds; all zero in the other modes
     * @param processor what this process had of the cores in these seconds; {@link ProcessorUse#NONE} if an earlier version
     *     wrote the event
     */
    record StepFinished(
            long step,
            double loss,
            double learningRate,
            double gradientNorm,
            long tokens,
            long labelledTokens,
            double seconds,
            StepCosts.Totals costs,
            ProcessorUse processor)
            implements TrainingEvent {
        public StepFinished {
            processor = Objects.requireNonNullElse(processor, ProcessorUse.NONE);
        }
    }

    /**
     * The held-out data was evaluated.
     *
     * @param step optimizer steps done; 0 is the base model
     * @param loss cross-entropy per labelled token
     * @param costs what the encrypted layers cost in these seconds, in no optimizer step's costs; all zero in the other
     *     modes, and if an earlier version wrote the event
     */
    record Evaluated(long step, double loss, long labelledTokens, double seconds, StepCosts.Totals costs)
            implements TrainingEvent {
        public Evaluated {
            costs = Objects.requireNonNullElse(costs, StepCosts.Totals.NONE);
        }

        /** Without encrypted layers. */
        public Evaluated(long step, double loss, long labelledTokens, double seconds) {
            this(step, loss, labelledTokens, seconds, StepCosts.Totals.NONE);
        }
    }

    /** Something that a person should know before the run begins. */
    sealed interface Remark extends TrainingEvent {
        /** One line. */
        String words();

        /** What is worth knowing of data as it was read. */
        static List<Remark> on(ReadData read) {
            List<Remark> remarks = new ArrayList<>();
            if (read.cut() + read.skipped() > 0) {
                remarks.add(new RecordsTooLong(read.cut(), read.skipped()));
            }
            if (read.mailLeftOut() > 0) {
                remarks.add(new MailLeftOut(read.mailLeftOut()));
            }
            return remarks;
        }
    }

    /**
     * The adapter to continue from says that it was trained on a base model of another name. It has the shapes of this
     * one and no digest that would tell whether it is this one; names differ between a provider, a folder and Hugging
     * Face, so it is no error.
     *
     * @param file the adapter's configuration
     * @param trainedOn the name in it
     */
    record OtherBaseModelName(Path file, String trainedOn, String base) implements Remark {
        @Override
        public String words() {
            return "warning: %s was trained on '%s', this base model is '%s'; make sure that they are the same"
                    .formatted(file, trainedOn, base);
        }
    }

    /**
     * Records were longer than the context.
     *
     * @param cut those whose end is left out
     * @param skipped those left out
     */
    record RecordsTooLong(int cut, int skipped) implements Remark {
        @Override
        public String words() {
            return String.format(Locale.ROOT, "records too long: %,d cut, %,d skipped", cut, skipped);
        }
    }

    /**
     * Of the mails to train on some hold nothing to learn: no reply, no plain text, or of other writers than asked for.
     *
     * @param mails how many
     */
    record MailLeftOut(int mails) implements Remark {
        @Override
        public String words() {
            return String.format(Locale.ROOT, "mail left out: %,d without a reply in plain text to learn", mails);
        }
    }

    /** A checkpoint is complete and on the disk. */
    record CheckpointSaved(long step, Path folder) implements TrainingEvent {}
}
