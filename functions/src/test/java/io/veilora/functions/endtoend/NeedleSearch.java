package io.veilora.functions.endtoend;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Searches files for many needles at once, at every offset: the first eight bytes by hash, then the rest. */
final class NeedleSearch {
    private static final int FILTER_BITS = 22;

    private final Map<Long, List<Needle>> needles = new HashMap<>();
    private final BitSet filter = new BitSet(1 << FILTER_BITS);

    NeedleSearch(Collection<Needle> needles) {
        for (Needle needle : needles) {
            long start = ByteBuffer.wrap(needle.bytes())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getLong();
            filter.set(slot(start));
            this.needles.computeIfAbsent(start, key -> new ArrayList<>()).add(needle);
        }
    }

    /** What was found where. */
    List<String> in(Collection<Path> files) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path file : files) {
            in(file, Files.readAllBytes(file), found);
        }
        return found;
    }

    private void in(Path file, byte[] bytes, List<String> found) {
        long window = 0;
        for (int i = 0; i < bytes.length; i++) {
            window = window >>> 8 | (long) bytes[i] << 56;
            if (filter.get(slot(window)) && i >= 7 && needles.containsKey(window)) {
                int start = i - 7;
                for (Needle needle : needles.get(window)) {
                    int end = start + needle.bytes().length;
                    if (end <= bytes.length && Arrays.equals(bytes, start, end, needle.bytes(), 0, end - start)) {
                        found.add(found(needle, file, start));
                    }
                }
            }
        }
    }

    /** A finding; its bytes may be shown, the sample's records are public. */
    static String found(Needle needle, Path file, int at) {
        return needle.name() + " (" + HexFormat.of().formatHex(needle.bytes()) + ") in " + file + " at " + at;
    }

    private static int slot(long window) {
        return (int) (window * 0x9E3779B97F4A7C15L >>> 64 - FILTER_BITS);
    }
}
