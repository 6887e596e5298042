package io.veilora.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.Golden;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Blake3Test {
    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i % 251);
        }
        return bytes;
    }

    private static String hex(boolean inLanes, MemorySegment... parts) {
        return HexFormat.of().formatHex(Blake3.of(inLanes, parts));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyLengthHasTheDigestOfTheAuthorsImplementation(boolean inLanes) {
        int lengths = 0;
        for (String name : Golden.names()) {
            if (name.startsWith("blake3.")) {
                int length = Integer.parseInt(name.substring("blake3.".length()));
                assertThat(hex(inLanes, MemorySegment.ofArray(pattern(length))))
                        .as("%d bytes", length)
                        .isEqualTo(Golden.value(name));
                lengths++;
            }
        }
        assertThat(lengths).isEqualTo(43);
    }

    @Test
    void lanesAndOneByOneAgreeOnRandomBytesOfRandomLengths() {
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[random.nextInt(1 << (4 + i % 17))];
            random.nextBytes(bytes);
            MemorySegment segment = MemorySegment.ofArray(bytes);
            assertThat(hex(true, segment)).as("%d bytes", bytes.length).isEqualTo(hex(false, segment));
        }
    }

    @Test
    void partsOfAnySizeAndKindAreOneMessage() {
        byte[] bytes = pattern(70_000);
        String whole = hex(true, MemorySegment.ofArray(bytes));
        Random random = new Random(2);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment outside = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            for (int i = 0; i < 100; i++) {
                int first = random.nextInt(bytes.length);
                int second = first + random.nextInt(bytes.length - first);
                MemorySegment[] parts = {
                    MemorySegment.ofArray(bytes).asSlice(0, first),
                    outside.asSlice(first, second - first),
                    MemorySegment.ofArray(bytes).asSlice(second)
                };
                assertThat(hex(i % 2 == 0, parts)).isEqualTo(whole);
            }
        }
    }

    @Test
    void everyBitCounts() {
        byte[] bytes = pattern(40_000);
        String whole = hex(true, MemorySegment.ofArray(bytes));
        for (int at = 0; at < bytes.length; at += 997) {
            bytes[at] ^= (byte) (1 << at % 8);
            assertThat(hex(true, MemorySegment.ofArray(bytes))).isNotEqualTo(whole);
            bytes[at] ^= (byte) (1 << at % 8);
        }
    }
}
