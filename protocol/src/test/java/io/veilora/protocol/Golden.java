package io.veilora.protocol;

import io.veilora.protocol.lattice.LatticeParameters;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.Set;

/** The values that {@code golden/golden.py} computed without our Java code. */
public final class Golden {
    private static final Properties VALUES = new Properties();

    static {
        try (InputStream in = Golden.class.getResourceAsStream("/golden/golden.properties")) {
            VALUES.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Golden() {}

    public static Set<String> names() {
        return VALUES.stringPropertyNames();
    }

    public static String value(String name) {
        return VALUES.getProperty(name);
    }

    /** Word {@code i} of every golden file: below {@code q} and without a pattern in its bytes. */
    public static long word(long i) {
        return i * 2654435761L % LatticeParameters.Q;
    }
}
