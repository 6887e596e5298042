package io.veilora.client.crypto;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.veilora.protocol.lattice.PublicMatrix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Looks for the secrets of a cipher in a dump of this JVM's heap, where garbage that was not wiped is found too. The
 * cipher's generator repeats itself, so that encrypting the same block again tells what its secret was.
 */
public final class InsecureSecretWatch {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** Words of a transformed secret that are compared. */
    private static final int RUN = 4;

    /** What this class remembers must not be found itself. */
    private static final long DISGUISE = 0x5A17_0C3B_99E6_42D1L;

    private static final class InsecureRepeatingRandom extends SecureRandom {
        @Override
        public void nextBytes(byte[] bytes) {
            Arrays.fill(bytes, (byte) 42);
        }
    }

    private final List<long[]> disguised = new ArrayList<>();
    private final Path folder;
    private final MlweCipher cipher;

    /**
     * @param folder where a heap dump stands for a moment
     * @param features of the widest request
     */
    public InsecureSecretWatch(Path folder, PublicMatrix matrix, String modelDigest, int features) {
        this.folder = folder;
        System.gc(); // less of other tests in the dumps
        TransformedRows rows = TransformedRows.of(matrix, features, new TransformBudget(1 << 26));
        this.cipher = cipher(rows, modelDigest);
    }

    /** Another cipher with the secrets of {@link #cipher()}, over another public matrix. */
    static MlweCipher cipher(TransformedRows publicMatrix, String modelDigest) {
        BlockSeeds seeds = new BlockSeeds(new InsecureRepeatingRandom());
        return new MlweCipher(publicMatrix.parameters(), publicMatrix, modelDigest, seeds);
    }

    public MlweCipher cipher() {
        return cipher;
    }

    /** Watches the secret under which the cipher encrypts this block. */
    public void watch(TokenQuantizer.Step step, float[] x, int firstToken, int tokens) {
        try (PendingProduct pending =
                cipher.encrypt(step, x, firstToken, tokens).pending()) {
            BlockSecret secret = ((BlockSecret[]) field(pending, "secrets"))[0];
            double[] transformed = (double[]) field(secret, "points");
            long[] run = new long[RUN];
            for (int i = 0; i < RUN; i++) {
                run[i] = Double.doubleToRawLongBits(transformed[i]) ^ DISGUISE;
            }
            disguised.add(run);
        }
    }

    private static Object field(Object owner, String name) {
        try {
            Field field = owner.getClass().getDeclaredField(name);
            field.setAccessible(true);
            return field.get(owner);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** How many of the watched secrets stand in this JVM's heap. */
    public int found() {
        Path dump = folder.resolve("heap.hprof");
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
        Set<Integer> found = new HashSet<>();
        for (long at = 0; at <= heap.byteSize() - 8L * RUN; at++) {
            long word = heap.get(WORD, at) ^ DISGUISE;
            for (int i = 0; i < disguised.size(); i++) {
                if (disguised.get(i)[0] == word && matches(heap, at, disguised.get(i))) {
                    found.add(i);
                }
            }
        }
        return found.size();
    }

    private static boolean matches(MemorySegment heap, long at, long[] run) {
        for (int i = 1; i < run.length; i++) {
            if ((heap.get(WORD, at + 8L * i) ^ DISGUISE) != run[i]) {
                return false;
            }
        }
        return true;
    }
}
