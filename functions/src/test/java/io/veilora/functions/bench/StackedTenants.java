package io.veilora.functions.bench;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.runtime.GemmShape;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.Product;
import io.veilora.runtime.ResidentWeights;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Steps of several tenants to one layer: stacked in one GEMM, as the step function does, and one after another. */
final class StackedTenants implements AutoCloseable {
    /** Seconds for all tenants' tokens. */
    record Cost(double stackedSeconds, double separateSeconds) {}

    private final ModularGemm engine;
    private final GemmShape tenant;
    private final ResidentWeights weights;

    /** @param tenant one tenant's tokens and the layer */
    StackedTenants(ModularGemm engine, GemmShape tenant) {
        this.engine = engine;
        this.tenant = tenant;
        byte[] int8 = new byte[tenant.inputFeatures() * tenant.outputFeatures()];
        new SplittableRandom(1).nextBytes(int8);
        weights = engine.load(MemorySegment.ofArray(int8), tenant.outputFeatures(), tenant.inputFeatures());
    }

    Cost multiply(int tenants) {
        List<Product> together = products(tenants);
        List<Product> alone = products(tenants);
        long start = System.nanoTime();
        engine.multiply(weights, Direction.FORWARD, together);
        long stacked = System.nanoTime();
        for (Product product : alone) {
            engine.multiply(weights, Direction.FORWARD, List.of(product));
        }
        long separate = System.nanoTime();
        for (int i = 0; i < tenants; i++) {
            if (together.get(i).output().mismatch(alone.get(i).output()) != -1) {
                throw new IllegalStateException("tenant " + i + " of " + tenants + ": stacking changed the answer");
            }
        }
        return new Cost((stacked - start) / 1e9, (separate - stacked) / 1e9);
    }

    /** Every tenant has words of its own. */
    private List<Product> products(int tenants) {
        List<Product> products = new ArrayList<>();
        for (int i = 0; i < tenants; i++) {
            byte[] words = new byte[Integer.BYTES * tenant.tokens() * tenant.inputFeatures()];
            new SplittableRandom(i).nextBytes(words);
            byte[] answer = new byte[Short.BYTES * tenant.tokens() * tenant.outputFeatures()];
            products.add(new Product(
                    MemorySegment.ofArray(words), tenant.tokens(), MemorySegment.ofArray(answer), AnswerBits.BITS_16));
        }
        return products;
    }

    @Override
    public void close() {
        weights.close();
    }
}
