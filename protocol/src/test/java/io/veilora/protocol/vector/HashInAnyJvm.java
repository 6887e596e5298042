package io.veilora.protocol.vector;

import io.veilora.protocol.wire.Blake3;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/**
 * Hashes the same bytes before and after a process takes to lanes, and prints: whether the JVM was started with the Vector API,
 * whether it is there in the end, both digests.
 */
final class HashInAnyJvm {
    static final long BYTES = 17 << 20;

    private HashInAnyJvm() {}

    public static void main(String... arguments) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment bytes = arena.allocate(BYTES);
            String first = HexFormat.of().formatHex(Blake3.of(bytes));
            String second = HexFormat.of().formatHex(Blake3.of(bytes));
            boolean started = ModuleLayer.boot().findModule(VectorApi.MODULE).isPresent();
            System.out.println(started + " " + VectorApi.isPresent() + " " + first + " " + second);
        }
    }
}
