package io.veilora.functions.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.functions.TinyModel;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.Product;
import io.veilora.runtime.ResidentWeights;
import io.veilora.runtime.ScalarGemm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsCacheTest {
    @TempDir
    Path temporary;

    private final ScalarGemm gemm = new ScalarGemm();
    private FileModelStore store;
    private ModelManifest model;

    @BeforeEach
    void importModel() throws IOException {
        store = new FileModelStore(temporary.resolve("models"));
        Path source = TinyModel.write(temporary.resolve("source"), 1);
        model = new ModelImporter(store, gemm)
                .run(ImportRequest.of(source, "tiny"), ImportProgress.SILENT)
                .manifest();
    }

    @Test
    void weightsAreLoadedOnceWhileTheyFit() throws IOException {
        try (WeightsCache cache = new WeightsCache(store, gemm, 1 << 20)) {
            ResidentWeights first = lease(cache, 0);
            assertThat(lease(cache, 0)).isSameAs(first);
            assertThat(cache.residentBytes()).isEqualTo(first.bytes());
        }
    }

    @Test
    void theLeastRecentlyUsedLeaveFirst() throws IOException {
        long budget = bytes(0) + bytes(1);
        try (WeightsCache cache = new WeightsCache(store, gemm, budget)) {
            ResidentWeights first = lease(cache, 0);
            ResidentWeights second = lease(cache, 1);
            lease(cache, 0);
            lease(cache, 2);
            assertThat(cache.residentBytes()).isLessThanOrEqualTo(budget);
            assertThat(lease(cache, 1)).as("was evicted").isNotSameAs(second);
            assertThat(first).isNotNull();
        }
    }

    @Test
    void weightsInUseAreNotEvictedHoweverSmallTheBudget() throws IOException {
        try (WeightsCache cache = new WeightsCache(store, gemm, 1);
                WeightsCache.Lease held = cache.lease(model, layer(0))) {
            lease(cache, 1);
            assertThat(cache.residentBytes()).isEqualTo(bytes(0));
            assertThat(held.weights().outputFeatures()).isEqualTo(layer(0).outputFeatures());
        }
    }

    @Test
    void roomIsMadeBeforeALayerIsLoadedSinceADeviceMayNotHoldBoth() throws IOException {
        long[] residentAtLoad = new long[1];
        AtomicReference<WeightsCache> watched = new AtomicReference<>();
        ModularGemm device =
                new FullDevice(gemm, () -> residentAtLoad[0] = watched.get().residentBytes());
        try (WeightsCache cache = new WeightsCache(store, device, bytes(0))) {
            watched.set(cache);
            lease(cache, 0);
            lease(cache, 1);
            assertThat(residentAtLoad[0]).isZero();
        }
    }

    /** Tells when it loads. */
    private record FullDevice(ModularGemm gemm, Runnable onLoad) implements ModularGemm {
        @Override
        public String name() {
            return gemm.name();
        }

        @Override
        public ResidentWeights load(MemorySegment int8, int outputFeatures, int inputFeatures) {
            onLoad.run();
            return gemm.load(int8, outputFeatures, inputFeatures);
        }

        @Override
        public void multiply(ResidentWeights weights, Direction direction, List<Product> products) {
            gemm.multiply(weights, direction, products);
        }

        @Override
        public void close() {
            gemm.close();
        }
    }

    @Test
    void weightsThatAreNotTheManifestsAreRefused() throws IOException {
        Path file = store.file(model, layer(0).weights());
        byte[] bytes = Files.readAllBytes(file);
        bytes[3] ^= 1;
        Files.write(file, bytes);
        try (WeightsCache cache = new WeightsCache(store, gemm, 1 << 20)) {
            assertThatThrownBy(() -> cache.lease(model, layer(0)))
                    .isInstanceOf(PermanentException.class)
                    .hasMessageContaining("weights of layer blocks.0.qkv");
        }
    }

    private ResidentWeights lease(WeightsCache cache, int layer) throws IOException {
        try (WeightsCache.Lease lease = cache.lease(model, layer(layer))) {
            return lease.weights();
        }
    }

    private RemoteLayer layer(int index) {
        return model.layers().get(index);
    }

    private long bytes(int layer) throws IOException {
        try (ResidentWeights weights = WeightsFile.load(gemm, layer(layer), temporary.resolve("models/tiny"))) {
            return weights.bytes();
        }
    }
}
