package io.veilora.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.veilora.protocol.problem.VeiloraException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EncryptedTensorFuzzTest {
    private static final int INPUTS = 50_000;

    /** The exception with its text and stack, and the digest's state; far below any payload a header may declare. */
    private static final long BYTES_AN_INPUT = 20_000;

    private final Random random = new Random(20260712);
    private final byte[] good = EncryptedTensorTest.request().toBytes();

    @Test
    void noInputThrowsAnythingButAProblemOrAllocatesWhatItsHeaderClaims() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long most = 0;
        readOnce(good);
        readOnce(new byte[100]);
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = i % 4 == 0 ? noise() : mutated();
            long before = threads.getCurrentThreadAllocatedBytes();
            boolean accepted = readOnce(input);
            most = Math.max(most, threads.getCurrentThreadAllocatedBytes() - before);
            assertThat(accepted).as("input %d", i).isEqualTo(Arrays.equals(input, good));
        }
        // Classes loaded on the way allocate once; a claimed payload would be megabytes.
        assertThat(most).isLessThan(20 * BYTES_AN_INPUT);
    }

    private static boolean readOnce(byte[] input) {
        MemorySegment wire = MemorySegment.ofArray(input);
        boolean accepted = accepts(() -> EncryptedTensor.read(wire));
        boolean headerAccepted = accepts(() -> EncryptedTensor.readHeader(wire));
        assertThat(headerAccepted || !accepted).isTrue();
        return accepted;
    }

    private static boolean accepts(Runnable read) {
        try {
            read.run();
            return true;
        } catch (VeiloraException e) {
            return false;
        }
    }

    private byte[] noise() {
        byte[] bytes = new byte[random.nextInt(200)];
        random.nextBytes(bytes);
        if (bytes.length > 7 && random.nextBoolean()) { // past the first checks
            System.arraycopy(good, 0, bytes, 0, 8);
        }
        return bytes;
    }

    private byte[] mutated() {
        byte[] bytes = Arrays.copyOf(good, random.nextInt(8) == 0 ? random.nextInt(good.length + 20) : good.length);
        int changes = random.nextInt(4);
        for (int c = 0; c < changes && bytes.length > 0; c++) {
            int range = Math.min(bytes.length, random.nextBoolean() ? 32 : good.length);
            bytes[random.nextInt(range)] = switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> -1;
                case 2 -> Byte.MIN_VALUE;
                default -> (byte) random.nextInt();
            };
        }
        return bytes;
    }
}
