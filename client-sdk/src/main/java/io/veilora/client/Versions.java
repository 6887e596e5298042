package io.veilora.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * The programs that made a run.
 *
 * @param veilora of this client
 * @param java of the virtual machine
 * @param system operating system and processor
 */
public record Versions(String veilora, String java, String system) {

    /** Of this process. */
    public static Versions current() {
        return new Versions(
                ofVeilora(),
                System.getProperty("java.vendor.version", "") + " " + System.getProperty("java.version"),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    }

    /** As the build wrote it into the jar. */
    public static String ofVeilora() {
        Properties properties = new Properties();
        try (InputStream in = Versions.class.getResourceAsStream("version.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}
