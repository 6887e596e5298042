package io.veilora.functions.step;

import io.veilora.protocol.model.Direction;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.Product;
import io.veilora.runtime.ResidentWeights;
import io.veilora.runtime.ScalarGemm;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The scalar reference, noting how many products each multiplication stacked. */
final class RecordingGemm implements ModularGemm {
    private final ScalarGemm scalar = new ScalarGemm();
    private final List<Integer> stacks = new ArrayList<>();

    List<Integer> stacks() {
        return stacks;
    }

    @Override
    public String name() {
        return scalar.name();
    }

    @Override
    public ResidentWeights load(MemorySegment int8, int outputFeatures, int inputFeatures) {
        return scalar.load(int8, outputFeatures, inputFeatures);
    }

    @Override
    public void multiply(ResidentWeights weights, Direction direction, List<Product> products) {
        stacks.add(products.size());
        scalar.multiply(weights, direction, products);
    }

    @Override
    public void close() {
        scalar.close();
    }
}
