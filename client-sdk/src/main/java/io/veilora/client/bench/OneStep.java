package io.veilora.client.bench;

import io.veilora.client.linear.Cores;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.linear.StepCosts;
import io.veilora.client.llama.ClientWeights;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.llama.PackedBatch;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.Projection;
import io.veilora.client.optim.AdamW;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.LlamaConfig;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Whole optimizer steps of one sequence of random tokens, every one labelled: forward, backward, AdamW, with an adapter of
 * rank 8 on every projection. Each step is measured; the first one also pays for compilation.
 */
final class OneStep {
    private static final double LEARNING_RATE = 1e-4;
    static final LoraConfig LORA = new LoraConfig(8, 16, EnumSet.allOf(Projection.class), 1);

    private final LlamaConfig config;
    private final TimedLayers layers;
    private final Supplier<StepCosts.Totals> costs;
    private final Processes processes;
    private final LlamaModel model;
    private final AdamW optimizer;
    private final Adapter adapter;

    OneStep(
            LlamaConfig config,
            ClientWeights weights,
            Function<LayerId, FrozenLinear> remote,
            Supplier<StepCosts.Totals> costs,
            Processes processes) {
        this.config = config;
        this.costs = costs;
        this.processes = processes;
        this.layers = new TimedLayers(remote, costs);
        this.adapter = Adapter.initialize(LORA, config);
        this.model = new LlamaModel(config, weights, layers, adapter);
        this.optimizer = new AdamW(adapter.parameters(), AdamW.Settings.usual());
    }

    StepResult run(int tokens) {
        PackedBatch batch = randomTokens(tokens);
        layers.reset();
        StepCosts.Totals costsBefore = costs.get();
        Processes.CpuSeconds cpuBefore = processes.cpu();
        long start = System.nanoTime();

        adapter.zeroGradients();
        double loss = model.lossAndGradients(batch, 1.0 / tokens) / tokens;
        optimizer.step(LEARNING_RATE);

        double seconds = (System.nanoTime() - start) / 1e9;
        Processes.CpuSeconds cpu = processes.cpu().minus(cpuBefore);
        StepCosts.Totals spent = costs.get().minus(costsBefore);
        List<StepResult.Layer> table = new ArrayList<>();
        for (LayerKind kind : LayerKind.values()) {
            for (Direction direction : Direction.values()) {
                table.add(StepResult.Layer.of(kind, direction, layers.of(kind, direction)));
            }
        }
        double inLayers = table.stream().mapToDouble(StepResult.Layer::seconds).sum();
        return new StepResult(
                tokens,
                loss,
                seconds,
                seconds - inLayers,
                cpu.client(),
                cpu.provider(),
                spent.waitSeconds(),
                spent.peakBytesInFlight(),
                Cores.count(),
                spent.bytesUp(),
                spent.bytesDown(),
                spent.streamedHintBytes(),
                table,
                processes.clientPeakMiB(),
                processes.providerPeakMiB());
    }

    private PackedBatch randomTokens(int tokens) {
        Random random = new Random(1);
        int[] ids = random.ints(tokens, 0, config.vocabularySize()).toArray();
        int[] labels = random.ints(tokens, 0, config.vocabularySize()).toArray();
        return PackedBatch.of(List.of(ids), List.of(labels));
    }
}
