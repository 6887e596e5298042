package io.veilora.client.cli;

import io.veilora.client.data.BatchOrder;
import io.veilora.client.data.Dataset;
import io.veilora.client.data.LengthSummary;
import io.veilora.client.data.Packing;
import io.veilora.client.linear.StepTraffic;
import io.veilora.client.train.DataSelection;
import io.veilora.client.train.RunEstimate;
import io.veilora.client.train.TrainingConfig;
import io.veilora.client.train.TrainingData;
import io.veilora.client.train.TrainingMemory;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.text.ByteCount;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code train --dry-run} prints: the data and the cost of the run, before anything is sent. */
final class DryRun {
    private static final String LABEL = "  %-20s ";

    private final List<String> lines = new ArrayList<>();

    private DryRun() {}

    static String render(LlamaConfig model, TrainingConfig config, DataSelection.Selected selected) {
        DryRun text = new DryRun();
        text.data(selected);
        text.packing(config, selected.data());
        text.cost(RunEstimate.of(model, config, selected.data()));
        text.memory(TrainingMemory.of(model, config, selected.data()));
        text.lines.add(
                "Nothing was sent. Not in it: the model's files and hints, which are downloaded once, hints that are"
                        + " streamed for want of room, and retries.");
        return String.join("\n", text.lines) + "\n";
    }

    private void data(DataSelection.Selected selected) {
        TrainingData data = selected.data();
        lines.add("Data");
        line("records", "%,d", selected.training().examples());
        if (selected.training().cut() + selected.training().skipped() > 0) {
            line(
                    "too long",
                    "%,d cut, %,d skipped",
                    selected.training().cut(),
                    selected.training().skipped());
        }
        if (selected.training().mailLeftOut() > 0) {
            line(
                    "mail left out",
                    "%,d without a reply in plain text to learn",
                    selected.training().mailLeftOut());
        }
        line("to train on", "%s", sequences(data.training()));
        if (data.heldOut() != null) {
            line("held out", "%s", sequences(data.heldOut()));
        }
        LengthSummary lengths = LengthSummary.of(data.training());
        line(
                "tokens a sequence",
                "%,d shortest, %,d median, %,d at 95 %%, %,d longest",
                lengths.shortest(),
                lengths.median(),
                lengths.percentile95(),
                lengths.longest());
    }

    /** A record is one sequence; a text longer than the context, several. */
    private static String sequences(Dataset data) {
        return String.format(
                Locale.ROOT,
                "%,d sequences, %,d tokens, of them %,d learnt",
                data.records().size(),
                data.tokenCount(),
                data.labelCount());
    }

    private void packing(TrainingConfig config, TrainingData data) {
        TrainingConfig.Batching batching = config.batching();
        Packing epoch = new BatchOrder(
                        data.training(), batching.tokensPerMicroBatch(), batching.gradientAccumulation(), config.seed())
                .epoch(0);
        int block = LatticeParameters.MLWE_256x5.ringDimension();
        lines.add("Packing");
        line(
                "micro-batches",
                "%,d an epoch, of at most %,d tokens, %.1f %% full",
                epoch.batches().size(),
                epoch.capacity(),
                100 * epoch.fill());
        line("encrypted blocks", "of %d tokens, %.1f %% full", block, 100 * epoch.blockFill(block));
    }

    private void cost(RunEstimate estimate) {
        lines.add("Cost of the run, encrypted");
        line("optimizer steps", "%,d, %.2f epochs", estimate.optimizerSteps(), estimate.epochs());
        line("training", "%s", traffic(estimate.training()));
        if (estimate.evaluation().steps() > 0) {
            line("evaluation", "%s", traffic(estimate.evaluation()));
        }
        line("in all", "%s", traffic(estimate.total()));
    }

    private void memory(TrainingMemory memory) {
        lines.add("Memory of this client");
        line(
                "heap",
                "%s for a micro-batch and the adapter, %s to be fast, %s given",
                ByteCount.text(memory.bytes()),
                ByteCount.text(memory.encryptedHeap()),
                ByteCount.text(Runtime.getRuntime().maxMemory()));
    }

    private static String traffic(StepTraffic traffic) {
        return String.format(
                Locale.ROOT,
                "%,d remote steps, %s up, %s down",
                traffic.steps(),
                bytes(traffic.bytesUp()),
                bytes(traffic.bytesDown()));
    }

    private static String bytes(long bytes) {
        return String.format(Locale.ROOT, "%s (%,d bytes)", ByteCount.text(bytes), bytes);
    }

    private void line(String label, String format, Object... values) {
        lines.add(String.format(Locale.ROOT, LABEL, label) + String.format(Locale.ROOT, format, values));
    }
}
