package io.veilora.client.llama;

import com.sun.management.OperatingSystemMXBean;
import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.lora.AdaptedLinear;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.Projection;
import io.veilora.client.optim.AdamW;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.LlamaConfig;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;

/**
 * Prints what each piece of local math of one Llama-3.2-1B block takes, all cores together, against what the cores reach in
 * {@link MachinePeaks}, measured in the same run: matrix products against fused multiply-adds, the rest against memory.
 * Operations and bytes are the least that the equations need. Run its main on a quiet machine; it is not a test.
 */
final class LocalMathTiming {
    private static final LlamaConfig CONFIG =
            new LlamaConfig(128256, 2048, 8192, 1, 32, 8, 64, 1e-5, 500000, 131072, true);
    private static final LoraConfig LORA = new LoraConfig(8, 16, EnumSet.allOf(Projection.class), 1);
    private static final List<LayerKind> BLOCK = List.of(LayerKind.QKV, LayerKind.O, LayerKind.GATE_UP, LayerKind.DOWN);
    private static final int LOGIT_ROWS = 128;
    private static final long WARM_UP_NANOS = 700_000_000L;
    private static final long MEASURED_NANOS = 500_000_000L;
    private static final int FEWEST_ROUNDS = 5;
    private static final OperatingSystemMXBean MACHINE =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final int t;
    private final MachinePeaks peaks;
    private final Adapter adapter = Adapter.initialize(LORA, CONFIG);
    private final BlockActivations kept;
    private final Scratch scratch;
    private final PackedBatch batch;

    private LocalMathTiming(int t, MachinePeaks peaks) {
        this.t = t;
        this.peaks = peaks;
        this.kept = new BlockActivations(CONFIG, t);
        this.scratch = new Scratch(CONFIG, t);
        int[] tokens = new Random(1).ints(t, 0, CONFIG.vocabularySize()).toArray();
        this.batch = PackedBatch.of(List.of(tokens), List.of(tokens));
        Random random = new Random(2);
        for (float[] values : List.of(
                kept.qkv,
                kept.middle,
                kept.gateUp,
                scratch.normed,
                scratch.activated,
                scratch.dAttention,
                scratch.dActivated,
                scratch.dGateUp,
                scratch.dNormed,
                scratch.dQkv)) {
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextFloat() - 0.5f;
            }
        }
    }

    /** @param arguments numbers of tokens, 256, 1024 and 2048 if there are none */
    public static void main(String[] arguments) {
        MachinePeaks peaks = MachinePeaks.measure();
        System.out.println(peaks);
        int[] sizes = arguments.length == 0
                ? new int[] {256, 1024, 2048}
                : Arrays.stream(arguments).mapToInt(Integer::parseInt).toArray();
        for (int size : sizes) {
            System.out.printf("T = %d%n%-24s %9s %9s %9s %7s%n", size, "", "clock ms", "cpu ms", "rate", "of peak");
            new LocalMathTiming(size, peaks).print();
        }
    }

    private void print() {
        attention();
        lora();
        rowWise();
        crossEntropy();
        optimizer();
    }

    private void attention() {
        Attention attention = new Attention(CONFIG);
        int[] bounds = batch.sequenceBounds();
        double product = (double) t * t * CONFIG.queryFeatures(); // a causal product's multiplications and additions
        products("attention forward", 2 * product, () -> attention.forward(bounds, kept));
        products(
                "attention backward",
                5 * product,
                () -> attention.backward(bounds, kept, scratch.dAttention, scratch.dQkv));
    }

    private void lora() {
        double inputs = 0;
        double outputs = 0;
        for (Projection projection : Projection.values()) {
            inputs += projection.layer().inputFeatures(CONFIG);
            outputs += projection.outputFeatures(CONFIG);
        }
        double rankOne = 2.0 * t * LORA.rank();
        products("LoRA forward", rankOne * (inputs + outputs), () -> branches(false));
        products("LoRA backward", rankOne * (3 * inputs + 2 * outputs), () -> branches(true));
    }

    private void branches(boolean backward) {
        for (LayerKind kind : BLOCK) {
            LayerId id = new LayerId(kind, 0);
            AdaptedLinear layer = new AdaptedLinear(new Nothing(kind), new float[0], id, CONFIG, adapter);
            float[] x = kind == LayerKind.DOWN ? scratch.activated : scratch.normed;
            float[] y =
                    kind == LayerKind.GATE_UP ? scratch.dGateUp : kind == LayerKind.QKV ? kept.qkv : scratch.dNormed;
            if (backward) {
                layer.backward(y, () -> x, t, kind == LayerKind.DOWN ? scratch.dActivated : scratch.dAttention);
            } else {
                layer.forward(x, t, y);
            }
        }
    }

    private void rowWise() {
        double d = 4.0 * t * CONFIG.hiddenSize();
        double f = 4.0 * t * CONFIG.intermediateSize();
        float[] ones = new float[CONFIG.hiddenSize()];
        Arrays.fill(ones, 1);
        RmsNorm norm = new RmsNorm(ones, 1e-5);
        memory("RMSNorm forward", 2 * d, () -> norm.forward(kept.middle, t, scratch.normed));
        memory("RMSNorm backward", 4 * d, () -> norm.backward(scratch.dNormed, kept.middle, t, scratch.dAttention));
        Rope rope = new Rope(CONFIG);
        double turned = 4.0 * t * (CONFIG.queryFeatures() + CONFIG.keyValueFeatures());
        memory("RoPE", 2 * turned, () -> rope.forward(batch.positions(), kept.qkv));
        SwiGlu swiGlu = new SwiGlu(CONFIG.intermediateSize());
        memory("SwiGLU forward", 3 * f, () -> swiGlu.forward(kept.gateUp, t, scratch.activated));
        memory("SwiGLU backward", 5 * f, () -> swiGlu.backward(scratch.dActivated, kept.gateUp, t, scratch.dGateUp));
        memory("finite?", d, () -> Finite.require(kept.middle, kept.middle.length, "middle"));
    }

    private void crossEntropy() {
        float[] logits = new float[LOGIT_ROWS * CONFIG.vocabularySize()];
        CrossEntropy crossEntropy = new CrossEntropy(CONFIG.vocabularySize());
        int[] labels = Arrays.copyOf(batch.labels(), LOGIT_ROWS);
        double bytes = 4.0 * logits.length;
        memory("cross-entropy, 128 rows", 4 * bytes, () -> {
            crossEntropy.forward(logits, labels);
            crossEntropy.backward(logits, labels, 1);
        });
    }

    private void optimizer() {
        AdamW adamW = new AdamW(adapter.parameters(), AdamW.Settings.usual());
        long parameters =
                adapter.parameters().stream().mapToLong(p -> p.value().length).sum();
        memory("AdamW", 7 * 4.0 * parameters, () -> adamW.step(1e-4));
    }

    private void products(String what, double operations, Runnable work) {
        Time time = time(work);
        report(what, time, "GFLOP/s", operations / time.clock / 1e6, peaks.gigaflops());
    }

    private void memory(String what, double bytes, Runnable work) {
        Time time = time(work);
        report(what, time, "GB/s", bytes / time.clock / 1e6, peaks.gigabytes());
    }

    private static void report(String what, Time time, String unit, double rate, double peak) {
        System.out.printf(
                "%-24s %9.2f %9.2f %9.1f %6.0f %% %s%n",
                what, time.clock, time.processor, rate, 100 * rate / peak, unit);
    }

    /** Milliseconds. */
    private record Time(double clock, double processor) {}

    /** The clock's median and the mean processor time, which ticks in 10 ms, after a warm-up. */
    private static Time time(Runnable work) {
        for (long start = System.nanoTime(); System.nanoTime() - start < WARM_UP_NANOS; ) {
            work.run();
        }
        List<Long> clocks = new ArrayList<>();
        long processor = MACHINE.getProcessCpuTime();
        for (long start = System.nanoTime();
                System.nanoTime() - start < MEASURED_NANOS || clocks.size() < FEWEST_ROUNDS; ) {
            long before = System.nanoTime();
            work.run();
            clocks.add(System.nanoTime() - before);
        }
        double mean = (MACHINE.getProcessCpuTime() - processor) / 1e6 / clocks.size();
        clocks.sort(null);
        return new Time(clocks.get(clocks.size() / 2) / 1e6, mean);
    }

    /** The frozen part of a layer that costs nothing. */
    private record Nothing(LayerKind kind) implements FrozenLinear {
        @Override
        public int inputFeatures() {
            return kind.inputFeatures(CONFIG);
        }

        @Override
        public int outputFeatures() {
            return kind.outputFeatures(CONFIG);
        }

        @Override
        public void forward(float[] x, int tokens, float[] y) {}

        @Override
        public void backward(float[] dy, int tokens, float[] dx) {}
    }
}
