package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ResidentWeights;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Weights where the engine computes, the least recently used first to go. Filled from the model store on demand, by the
 * digest of the weights: losing it loses nothing, and two names of one model share it.
 */
public final class WeightsCache implements AutoCloseable {
    /** Weights in use: not evicted before they are closed. */
    public final class Lease implements AutoCloseable {
        private final Entry entry;

        private Lease(Entry entry) {
            this.entry = entry;
        }

        public ResidentWeights weights() {
            return entry.weights;
        }

        @Override
        public void close() {
            release(entry);
        }
    }

    private static final class Entry {
        private final ResidentWeights weights;
        private int users;

        private Entry(ResidentWeights weights) {
            this.weights = weights;
        }
    }

    private final ModelStore store;
    private final ModularGemm gemm;
    private final long budgetBytes;
    private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long residentBytes;

    /** @param budgetBytes weights beyond it are evicted, except those in use */
    public WeightsCache(ModelStore store, ModularGemm gemm, long budgetBytes) {
        this.store = store;
        this.gemm = gemm;
        this.budgetBytes = budgetBytes;
    }

    /**
     * The layer's weights, loaded if they are not there.
     *
     * @throws io.veilora.protocol.problem.PermanentException CORRUPT_MODEL if the file is not the manifest's
     */
    public synchronized Lease lease(ModelManifest model, RemoteLayer layer) throws IOException {
        Entry entry = entries.get(layer.weights().sha256());
        if (entry == null) {
            // Before it is loaded: a device may have no room for both.
            evict(budgetBytes - (long) layer.outputFeatures() * layer.inputFeatures());
            entry = new Entry(WeightsFile.loadFile(gemm, layer, store.file(model, layer.weights())));
            entries.put(layer.weights().sha256(), entry);
            residentBytes += entry.weights.bytes();
        }
        entry.users++;
        evict(budgetBytes);
        return new Lease(entry);
    }

    /** Bytes of weights loaded now. */
    public synchronized long residentBytes() {
        return residentBytes;
    }

    private synchronized void release(Entry entry) {
        entry.users--;
        evict(budgetBytes);
    }

    private void evict(long keptBytes) {
        Iterator<Entry> oldestFirst = entries.values().iterator();
        while (residentBytes > keptBytes && oldestFirst.hasNext()) {
            Entry entry = oldestFirst.next();
            if (entry.users == 0) {
                oldestFirst.remove();
                residentBytes -= entry.weights.bytes();
                entry.weights.close();
            }
        }
    }

    @Override
    public synchronized void close() {
        entries.values().forEach(entry -> entry.weights.close());
        entries.clear();
        residentBytes = 0;
    }
}
