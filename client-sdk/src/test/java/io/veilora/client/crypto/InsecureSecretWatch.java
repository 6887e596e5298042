package io.veilora.client.crypto;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.model.ModelManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Remembers the seed of every block that its ciphers encrypt, and looks for the secrets, as they would stand in memory,
 * in a dump of this JVM's heap: garbage that was not wiped is found too.
 */
public final class InsecureSecretWatch {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** Words of a secret that are compared: chance gives no such run. */
    private static final int RUN = 4;

    private final List<byte[]> seeds = Collections.synchronizedList(new ArrayList<>());
    private final Path folder;
    private int dumps;

    /** @param folder where heap dumps stand for a moment */
    public InsecureSecretWatch(Path folder) {
        this.folder = folder;
    }

    private final class InsecureRememberingSeeds extends BlockSeeds {
        @Override
        byte[] next(byte[] context, byte[] plaintextDigest) {
            byte[] seed = super.next(context, plaintextDigest);
            seeds.add(seed.clone());
            return seed;
        }
    }

    public MlweCipher cipher(ModelManifest manifest, int features) {
        TransformedRows rows = TransformedRows.of(manifest.publicMatrix(), features, new TransformBudget(1 << 26));
        return new MlweCipher(manifest.parameters(), rows, manifest.modelDigest(), new InsecureRememberingSeeds());
    }

    /** Secrets drawn up to now. */
    public int secrets() {
        return seeds.size();
    }

    /** How many of the secrets stand in this JVM's heap, as coefficients or transformed. */
    public int found() {
        Path dump = folder.resolve("heap" + dumps++ + ".hprof");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(dump.toString(), false);
            try (Arena arena = Arena.ofConfined();
                    FileChannel channel = FileChannel.open(dump)) {
                return search(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
            } finally {
                Files.delete(dump);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int search(MemorySegment heap) {
        List<long[]> runs = new ArrayList<>();
        Set<Long> first = new HashSet<>();
        for (byte[] seed : seeds) {
            runs.add(transformed(seed));
            first.add(runs.getLast()[0]);
        }
        Set<Integer> found = new HashSet<>();
        for (long at = 0; at <= heap.byteSize() - 8L * RUN; at++) {
            if (first.contains(heap.get(WORD, at))) {
                for (int i = 0; i < runs.size(); i++) {
                    if (matches(heap, at, runs.get(i))) {
                        found.add(i);
                    }
                }
            }
        }
        return found.size();
    }

    private static boolean matches(MemorySegment heap, long at, long[] run) {
        for (int i = 0; i < run.length; i++) {
            if (heap.get(WORD, at + 8L * i) != run[i]) {
                return false;
            }
        }
        return true;
    }

    /** The start of a transformed secret as it stands in a double array. */
    private static long[] transformed(byte[] seed) {
        try (CentredBinomial samples = new CentredBinomial(seed)) {
            return BlockSecret.draw(LatticeParameters.MLWE_256x5, samples).firstBits(RUN);
        }
    }
}
