package io.veilora.client.bench;

import io.veilora.client.linear.FrozenLinear;
import io.veilora.client.linear.StepCosts;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.LayerKind;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** Remote layers that note how long each kind of them takes, and what of it was crypto, GEMM and the rest. */
final class TimedLayers implements Function<LayerId, FrozenLinear> {
    /**
     * What the calls of one kind and direction cost together.
     *
     * @param seconds as the training thread saw them, without its own work in between
     * @param costs zero where nothing is remote
     */
    record Cost(int calls, double seconds, StepCosts.Totals costs) {
        private static final Cost NONE = new Cost(0, 0, StepCosts.Totals.NONE);

        Cost plus(double more, StepCosts.Totals moreCosts) {
            return new Cost(calls + 1, seconds + more, costs.plus(moreCosts));
        }
    }

    private final Function<LayerId, FrozenLinear> layers;
    private final Supplier<StepCosts.Totals> costs;
    private final Map<LayerKind, Map<Direction, Cost>> byKind = new EnumMap<>(LayerKind.class);

    TimedLayers(Function<LayerId, FrozenLinear> layers, Supplier<StepCosts.Totals> costs) {
        this.layers = layers;
        this.costs = costs;
    }

    /** Costs since {@link #reset}. */
    Cost of(LayerKind kind, Direction direction) {
        return byKind.getOrDefault(kind, Map.of()).getOrDefault(direction, Cost.NONE);
    }

    void reset() {
        byKind.clear();
    }

    @Override
    public FrozenLinear apply(LayerId id) {
        FrozenLinear layer = layers.apply(id);
        return new FrozenLinear() {
            @Override
            public int inputFeatures() {
                return layer.inputFeatures();
            }

            @Override
            public int outputFeatures() {
                return layer.outputFeatures();
            }

            @Override
            public void forward(float[] x, int tokens, float[] y) {
                forward(x, tokens, y, () -> {});
            }

            @Override
            public void forward(float[] x, int tokens, float[] y, Runnable meanwhile) {
                time(id.kind(), Direction.FORWARD, meanwhile, timed -> layer.forward(x, tokens, y, timed));
            }

            @Override
            public void backward(float[] dy, int tokens, float[] dx) {
                backward(dy, tokens, dx, () -> {});
            }

            @Override
            public void backward(float[] dy, int tokens, float[] dx, Runnable meanwhile) {
                time(id.kind(), Direction.BACKWARD, meanwhile, timed -> layer.backward(dy, tokens, dx, timed));
            }
        };
    }

    /** Without the time of {@code meanwhile}, which is local math. */
    private void time(LayerKind kind, Direction direction, Runnable meanwhile, Consumer<Runnable> call) {
        StepCosts.Totals before = costs.get();
        long start = System.nanoTime();
        LongAdder elsewhere = new LongAdder();
        call.accept(() -> {
            long began = System.nanoTime();
            meanwhile.run();
            elsewhere.add(System.nanoTime() - began);
        });
        double seconds = (System.nanoTime() - start - elsewhere.sum()) / 1e9;
        byKind.computeIfAbsent(kind, k -> new EnumMap<>(Direction.class))
                .merge(
                        direction,
                        Cost.NONE.plus(seconds, costs.get().minus(before)),
                        (known, more) -> known.plus(more.seconds(), more.costs()));
    }
}
