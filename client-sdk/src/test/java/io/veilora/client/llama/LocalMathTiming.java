package io.veilora.client.llama;

import com.sun.management.OperatingSystemMXBean;
import io.veilora.client.linear.Cores;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.lora.AdaptedLinear;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.Projection;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.LlamaConfig;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;

/**
 * Prints where the time of one {@code lossAndGradients} goes, at the sample model's geometry: in
 * milliseconds of the clock and of processor time on all cores (which other programs on the machine disturb less), forward
 * and backward and all blocks together. Run its main; it is not a test.
 */
final class LocalMathTiming {
    private static final LlamaConfig CONFIG = new LlamaConfig(2048, 256, 704, 4, 8, 4, 32, 1e-5, 10000, 1024, true);
    private static final int T = 512;
    private static final int ROUNDS = 60;

    private static final OperatingSystemMXBean MACHINE =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private record Time(double clock, double processor) {}

    private final TinyLlama llama = TinyLlama.random(CONFIG, 1);
    private final Adapter adapter = llama.adapter(EnumSet.allOf(Projection.class), 8);
    private final BlockActivations kept = new BlockActivations(CONFIG, T);
    private final Scratch scratch = new Scratch(CONFIG, T);

    public static void main(String[] arguments) {
        System.out.printf("%s, T = %d, rank 8, %d cores%n", CONFIG, T, Cores.count());
        for (int[] lengths : List.of(new int[] {128, 128, 128, 128}, new int[] {512})) {
            new LocalMathTiming().print(lengths);
        }
    }

    private void print(int[] lengths) {
        double[] frozen = {0, 0};
        LlamaModel model = new LlamaModel(
                CONFIG, llama.weights(), id -> timed(llama.layers().get(id), frozen), adapter);
        PackedBatch batch = llama.batch(0, lengths);
        System.out.printf("sequences %s%n%-40s %8s %8s%n", Arrays.toString(lengths), "", "clock", "cpu");
        Time total = time(() -> {
            Arrays.fill(frozen, 0);
            model.lossAndGradients(batch, 1.0 / T);
        });
        report("lossAndGradients", 1, total);
        report("  frozen layers in clear, last round", 1, new Time(frozen[0], frozen[1]));

        int blocks = CONFIG.blocks();
        Attention attention = new Attention(CONFIG);
        int[] bounds = batch.sequenceBounds();
        report("    attention forward", blocks, time(() -> attention.forward(bounds, kept)));
        report(
                "    attention backward",
                blocks,
                time(() -> attention.backward(bounds, kept, scratch.dAttention, scratch.dQkv)));
        report("    LoRA forward", blocks, time(() -> lora(false)));
        report("    LoRA backward", blocks, time(() -> lora(true)));
        RmsNorm norm = new RmsNorm(llama.weights().finalNorm(), 1e-5);
        report("    norms", 2 * blocks + 1, time(() -> {
            norm.forward(kept.middle, T, scratch.normed);
            norm.forward(kept.middle, T, scratch.normed);
            norm.backward(scratch.dNormed, kept.middle, T, scratch.normed);
        }));
        SwiGlu swiGlu = new SwiGlu(CONFIG.intermediateSize());
        report("    SwiGLU", blocks, time(() -> {
            swiGlu.forward(kept.gateUp, T, scratch.activated);
            swiGlu.forward(kept.gateUp, T, scratch.activated);
            swiGlu.backward(scratch.dActivated, kept.gateUp, T, scratch.dGateUp);
        }));
        Rope rope = new Rope(CONFIG);
        report("    RoPE", blocks, time(() -> {
            rope.forward(batch.positions(), kept.qkv);
            rope.backward(batch.positions(), scratch.dQkv);
        }));
        CrossEntropy crossEntropy = new CrossEntropy(CONFIG.vocabularySize());
        float[] logits = new float[T * CONFIG.vocabularySize()];
        report("    cross-entropy", 1, time(() -> {
            crossEntropy.forward(logits, batch.labels());
            crossEntropy.backward(logits, batch.labels(), 1);
        }));
    }

    private void lora(boolean backward) {
        for (LayerKind kind : List.of(LayerKind.QKV, LayerKind.O, LayerKind.GATE_UP, LayerKind.DOWN)) {
            LayerId id = new LayerId(kind, 1);
            AdaptedLinear layer = new AdaptedLinear(nothing(id), new float[0], id, CONFIG, adapter);
            float[] x = kind == LayerKind.DOWN ? scratch.activated : scratch.normed;
            float[] y =
                    kind == LayerKind.GATE_UP ? scratch.dGateUp : kind == LayerKind.QKV ? kept.qkv : scratch.dNormed;
            if (backward) {
                layer.backward(y, x, T, kind == LayerKind.DOWN ? scratch.dActivated : scratch.dAttention);
            } else {
                layer.forward(x, T, y);
            }
        }
    }

    private static FrozenLinear nothing(LayerId id) {
        int inputs = id.kind().inputFeatures(CONFIG);
        return new TimedLinear(inputs, id.kind().outputFeatures(CONFIG), null, new double[2]);
    }

    private static FrozenLinear timed(FrozenLinear layer, double[] time) {
        return new TimedLinear(layer.inputFeatures(), layer.outputFeatures(), layer, time);
    }

    /** Adds the time inside {@code layer}, which may be null for none, to {@code time}: clock, then processor. */
    private record TimedLinear(int inputFeatures, int outputFeatures, FrozenLinear layer, double[] time)
            implements FrozenLinear {
        @Override
        public void forward(float[] x, int tokens, float[] y) {
            add(() -> layer.forward(x, tokens, y));
        }

        @Override
        public void backward(float[] dy, int tokens, float[] dx) {
            add(() -> layer.backward(dy, tokens, dx));
        }

        private void add(Runnable work) {
            if (layer != null) {
                Time taken = once(work);
                time[0] += taken.clock;
                time[1] += taken.processor;
            }
        }
    }

    private static Time once(Runnable work) {
        long clock = System.nanoTime();
        long processor = MACHINE.getProcessCpuTime();
        work.run();
        return new Time((System.nanoTime() - clock) / 1e6, (MACHINE.getProcessCpuTime() - processor) / 1e6);
    }

    /** Half of the rounds warm up; the clock's median of the others, and their mean processor time, which ticks in 10 ms. */
    private static Time time(Runnable work) {
        List<Time> times = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            Time taken = once(work);
            if (round >= ROUNDS / 2) {
                times.add(taken);
            }
        }
        double[] clocks = times.stream().mapToDouble(Time::clock).sorted().toArray();
        double processor = times.stream().mapToDouble(Time::processor).average().orElseThrow();
        return new Time(clocks[clocks.length / 2], processor);
    }

    private static void report(String what, int repeats, Time time) {
        System.out.printf("%-40s %8.2f %8.2f ms%n", what, repeats * time.clock, repeats * time.processor);
    }
}
