package io.veilora.functions.gateway;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A single byte range of RFC 9110, section 14.
 *
 * @param first offset of the first byte
 * @param count bytes, 0 if the range cannot be satisfied
 */
record ByteRange(long first, long count) {
    private static final Pattern SINGLE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    boolean satisfiable() {
        return count > 0;
    }

    /** The range that {@code header} asks of {@code size} bytes; empty, so the whole, if it is none that we serve. */
    static Optional<ByteRange> parse(String header, long size) {
        Matcher range = SINGLE.matcher(header == null ? "" : header.strip());
        if (!range.matches() || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
            return Optional.empty();
        }
        if (range.group(1).isEmpty()) {
            long count = Math.min(size, Long.parseLong(range.group(2)));
            return Optional.of(new ByteRange(size - count, count));
        }
        long first = Long.parseLong(range.group(1));
        long last = range.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(range.group(2)));
        if (!range.group(2).isEmpty() && Long.parseLong(range.group(2)) < first) {
            return Optional.empty();
        }
        return Optional.of(new ByteRange(first, Math.max(0, last - first + 1)));
    }

    String contentRange(long size) {
        return satisfiable() ? "bytes " + first + "-" + (first + count - 1) + "/" + size : "bytes */" + size;
    }
}
