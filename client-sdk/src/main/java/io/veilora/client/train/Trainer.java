package io.veilora.client.train;

import io.veilora.client.data.BatchOrder;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.lora.Adapter;
import io.veilora.client.optim.AdamW;
import io.veilora.client.optim.GradientClipping;
import io.veilora.client.optim.LearningRateSchedule;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Fine-tunes an adapter. What an optimizer step does follows from the configuration, the data, the step's number and the
 * checkpoint before it, so a run that was killed and goes on has the same losses, bit for bit, as one that was not, given
 * frozen layers that compute the same each time.
 *
 * <p>Letters: L labelled tokens of an optimizer step, over all its micro-batches; the loss is the sum of their
 * cross-entropy divided by L.
 */
public final class Trainer {
    /** Tokens of an encrypted block, in every parameter set. */
    private static final int BLOCK = LatticeParameters.MLWE_256x5.ringDimension();

    private final TrainingConfig config;
    private final TrainingData data;
    private final LlamaModel model;
    private final Adapter adapter;
    private final CheckpointStore checkpoints;
    private final BatchOrder order;
    private final long optimizerSteps;
    private final LearningRateSchedule schedule;
    private Supplier<StepCosts.Totals> costs = () -> StepCosts.Totals.NONE;
    private BooleanSupplier stop = () -> false;

    /**
     * @param model built with {@code adapter}
     * @param adapter what to begin with: as {@link Adapter#initialize} made it from {@code config.lora()}, or read from
     *     files
     */
    public Trainer(
            TrainingConfig config, TrainingData data, LlamaModel model, Adapter adapter, CheckpointStore checkpoints) {
        this.config = config;
        this.data = data;
        this.model = model;
        this.adapter = adapter;
        this.checkpoints = checkpoints;
        this.order = new BatchOrder(
                data.training(),
                config.batching().tokensPerMicroBatch(),
                config.batching().gradientAccumulation(),
                config.seed());
        this.optimizerSteps = config.length().epochs() > 0
                ? order.stepsBefore(config.length().epochs())
                : config.length().optimizerSteps();
        this.schedule = config.schedule().over(optimizerSteps);
        if (config.length().patience() > 0 && data.heldOut() == null) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("early stop: got no held-out data, expected some to decide on")
                    .remedy("give held-out records, or train without early stop"));
        }
    }

    /** Of the whole run, if nothing stops it. */
    public long optimizerSteps() {
        return optimizerSteps;
    }

    /** Reads what encrypted layers cost from here; otherwise optimizer steps and evaluations say that they cost nothing. */
    public Trainer metering(Supplier<StepCosts.Totals> totals) {
        this.costs = totals;
        return this;
    }

    /** Asked after every optimizer step and its evaluation; the run ends, with a checkpoint, once it says true. */
    public Trainer stoppingWhen(BooleanSupplier condition) {
        this.stop = condition;
        return this;
    }

    /**
     * Trains to the end or until it shall stop, from the newest complete checkpoint if the run folder has one.
     *
     * @return the last checkpoint; its folder is an adapter in PEFT's format
     * @throws PermanentException {@link ProblemCode#NOT_FINITE} naming the optimizer step, {@link ProblemCode#DISK_FULL},
     *     and what {@link CheckpointStore#find} throws; checkpoints written before are kept
     */
    public Checkpoint run(TrainingListener listener) throws IOException {
        AdamW optimizer = new AdamW(adapter.parameters(), config.adamW());
        CheckpointStore.Found found = checkpoints.find();
        Checkpoint last = found.newest();
        if (last != null) {
            last.restore(adapter, optimizer);
        }
        requireNotPastTheEnd(last);
        listener.on(new TrainingEvent.Started(
                optimizer.optimizerSteps(), optimizerSteps, order.epoch(0).blockFill(BLOCK), found.damaged()));
        if (optimizer.optimizerSteps() == 0) {
            evaluate(0, listener);
        }
        while (optimizer.optimizerSteps() < optimizerSteps && !stop.getAsBoolean()) {
            optimizerStep(optimizer, listener);
            long step = optimizer.optimizerSteps();
            if (isDue(step, config.intervals().evaluation())) {
                evaluate(step, listener);
            }
            if (isDue(step, config.intervals().checkpoint())) {
                last = save(optimizer, listener);
            }
        }
        boolean saved = last != null && last.optimizerStep() == optimizer.optimizerSteps();
        return saved ? last : save(optimizer, listener);
    }

    private void requireNotPastTheEnd(Checkpoint last) {
        if (last != null && last.optimizerStep() > optimizerSteps) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "%s: the run has done %d optimizer steps, got a length of %d",
                            last.folder(), last.optimizerStep(), optimizerSteps)
                    .remedy("give a length of at least the steps done, or train anew in another run folder"));
        }
    }

    private Checkpoint save(AdamW optimizer, TrainingListener listener) throws IOException {
        Checkpoint checkpoint = checkpoints.save(config.lora(), adapter, optimizer);
        listener.on(new TrainingEvent.CheckpointSaved(checkpoint.optimizerStep(), checkpoint.folder()));
        return checkpoint;
    }

    private void optimizerStep(AdamW optimizer, TrainingListener listener) {
        long started = System.nanoTime();
        ProcessorUse processorBefore = ProcessorUse.now();
        StepCosts.Totals before = costs.get();
        long step = optimizer.optimizerSteps();

        List<PackedBatch> batches = order.microBatches(step);
        long tokens = batches.stream().mapToLong(PackedBatch::tokenCount).sum();
        long labels = batches.stream().mapToLong(PackedBatch::labelCount).sum();

        adapter.zeroGradients();
        double sum = 0;
        double norm;
        try {
            for (int i = 0; i < batches.size(); i++) {
                adapter.dropout().begin(config.seed(), step, i);
                sum += model.lossAndGradients(batches.get(i), 1.0 / labels);
            }
            norm = clip();
        } catch (PermanentException e) {
            throw named(e, step + 1);
        } finally {
            adapter.dropout().end();
        }

        double learningRate = schedule.at(step);
        optimizer.step(learningRate);

        double seconds = (System.nanoTime() - started) / 1e9;
        StepCosts.Totals cost = costs.get().minus(before);
        ProcessorUse processor = ProcessorUse.now().minus(processorBefore);
        listener.on(new TrainingEvent.StepFinished(
                step + 1, sum / labels, learningRate, norm, tokens, labels, seconds, cost, processor));
    }

    private double clip() {
        double most = config.maxGradientNorm() == 0 ? Double.MAX_VALUE : config.maxGradientNorm();
        return GradientClipping.clip(adapter.parameters(), most);
    }

    private void evaluate(long step, TrainingListener listener) {
        if (data.heldOut() == null) {
            return;
        }
        long started = System.nanoTime();
        StepCosts.Totals before = costs.get();
        Evaluator.HeldOutLoss heldOut;
        try {
            heldOut = new Evaluator(data.heldOut(), config.batching().tokensPerMicroBatch()).evaluate(model);
        } catch (PermanentException e) {
            throw named(e, step);
        }
        double seconds = (System.nanoTime() - started) / 1e9;
        StepCosts.Totals cost = costs.get().minus(before);
        listener.on(new TrainingEvent.Evaluated(step, heldOut.loss(), heldOut.labelledTokens(), seconds, cost));
    }

    private boolean isDue(long step, int interval) {
        return step == optimizerSteps || (interval > 0 && step % interval == 0);
    }

    /** Says in which optimizer step a number became NaN or infinite; other problems pass as they are. */
    private PermanentException named(PermanentException e, long step) {
        Problem problem = e.problem();
        if (problem.code() != ProblemCode.NOT_FINITE) {
            return e;
        }
        return new PermanentException(
                problem.detail("optimizer step %d of %d: %s", step, optimizerSteps, problem.detail())
                        .remedy(
                                "lower the learning rate and start in another run folder, or from an earlier checkpoint;"
                                        + " the checkpoints written so far are kept"),
                e);
    }
}
