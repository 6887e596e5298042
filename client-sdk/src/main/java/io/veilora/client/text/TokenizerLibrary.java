package io.veilora.client.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;

/**
 * Settings of the native tokenizer library, made before its first class is loaded: no network, no telemetry, and a
 * folder of our own for the shared library, because whoever can write there can run code in this process.
 *
 * <p>The folder is the system property {@code veilora.cache} or the environment's {@code VEILORA_CACHE}, else
 * {@code veilora} below {@code XDG_CACHE_HOME} or {@code ~/.cache}, else a new temporary folder.
 */
final class TokenizerLibrary {
    private static final String CACHE = "ENGINE_CACHE_DIR";

    private TokenizerLibrary() {}

    static synchronized void prepare() throws IOException {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        if (System.getProperty("slf4j.internal.verbosity") == null) {
            System.setProperty("slf4j.internal.verbosity", "ERROR"); // no advice about loggers on the user's terminal
        }
        if (System.getenv(CACHE) == null && System.getProperty(CACHE) == null) {
            System.setProperty(CACHE, privateFolder().toString());
        }
    }

    private static Path privateFolder() throws IOException {
        try {
            Path folder = Files.createDirectories(cache()).resolve("native");
            if (!Files.isDirectory(folder)) {
                Files.createDirectory(folder);
            }
            if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
                Files.setPosixFilePermissions(
                        folder,
                        EnumSet.of(
                                PosixFilePermission.OWNER_READ,
                                PosixFilePermission.OWNER_WRITE,
                                PosixFilePermission.OWNER_EXECUTE));
            }
            return folder.toAbsolutePath();
        } catch (IOException e) { // a home that cannot be written, or is somebody else's
            return Files.createTempDirectory("veilora-native");
        }
    }

    private static Path cache() {
        String chosen = System.getProperty("veilora.cache", System.getenv("VEILORA_CACHE"));
        if (chosen != null) {
            return Path.of(chosen);
        }
        String caches = System.getenv("XDG_CACHE_HOME");
        Path parent = caches != null && !caches.isBlank()
                ? Path.of(caches)
                : Path.of(System.getProperty("user.home"), ".cache");
        return parent.resolve("veilora");
    }
}
