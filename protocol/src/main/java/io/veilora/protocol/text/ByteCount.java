package io.veilora.protocol.text;

import java.util.Locale;

/** Numbers of bytes for people, in powers of 1000. */
public final class ByteCount {
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

    private ByteCount() {}

    /** {@code 999 B}, {@code 2.8 GB}. */
    public static String text(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.95 && unit < UNITS.length - 1) { // or 1000.0 would be written
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }
}
