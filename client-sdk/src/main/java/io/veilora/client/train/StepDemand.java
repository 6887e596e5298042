package io.veilora.client.train;

import io.veilora.client.linear.StepTraffic;
import io.veilora.protocol.account.Quote;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.LlamaConfig;
import io.veilora.protocol.wire.AnswerBits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How many steps of each kind of layer and direction a run asks for; each is one block of tokens. */
public record StepDemand(Map<Kind, Long> steps) {
    static final StepDemand NONE = new StepDemand(Map.of());

    private static final LatticeParameters PARAMETERS = LatticeParameters.MLWE_256x5;

    /** Steps of equal shape. */
    record Kind(LayerKind layer, Direction direction) {}

    public StepDemand {
        steps = Map.copyOf(steps);
    }

    /** One product of {@code tokens} tokens, which is a step for each block. */
    static StepDemand product(LayerKind layer, Direction direction, int tokens) {
        return new StepDemand(Map.of(new Kind(layer, direction), (long) PARAMETERS.blocks(tokens)));
    }

    StepDemand plus(StepDemand other) {
        Map<Kind, Long> sum = new HashMap<>(steps);
        other.steps.forEach((kind, count) -> sum.merge(kind, count, Long::sum));
        return new StepDemand(sum);
    }

    StepDemand times(long factor) {
        Map<Kind, Long> product = new HashMap<>();
        steps.forEach((kind, count) -> product.put(kind, count * factor));
        return new StepDemand(product);
    }

    StepTraffic traffic(LlamaConfig model) {
        StepTraffic traffic = StepTraffic.NONE;
        for (Map.Entry<Kind, Long> entry : steps.entrySet()) {
            LayerKind layer = entry.getKey().layer;
            boolean forward = entry.getKey().direction == Direction.FORWARD;
            int inputs = layer.inputFeatures(model);
            int outputs = layer.outputFeatures(model);
            traffic = traffic.plus(StepTraffic.of(
                            PARAMETERS,
                            forward ? inputs : outputs,
                            forward ? outputs : inputs,
                            PARAMETERS.ringDimension())
                    .times(entry.getValue()));
        }
        return traffic;
    }

    /** The same for the provider's quote: counts and shapes, nothing of the data. */
    public List<Quote.Item> items() {
        List<Quote.Item> items = new ArrayList<>();
        steps.forEach((kind, count) -> items.add(new Quote.Item(
                kind.layer.label(), kind.direction, count, PARAMETERS.ringDimension(), AnswerBits.BITS_16.bits())));
        return items;
    }
}
