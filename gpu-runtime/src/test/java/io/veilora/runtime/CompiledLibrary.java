package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The native library compiled from the source as it is now, once for all tests. */
final class CompiledLibrary {
    static final Path SOURCE = Path.of("src/main/native");

    private static final Path FOLDER = Path.of("target/native-afresh").toAbsolutePath();
    private static boolean built;

    private CompiledLibrary() {}

    static synchronized NativeLibrary open() throws EngineUnavailableException {
        if (!built) {
            build();
            built = true;
        }
        return NativeLibrary.open(FOLDER.resolve("libveilora-gemm.so"));
    }

    /** Fails when the source does not compile; a missing compiler is a reason to skip. */
    private static void build() throws EngineUnavailableException {
        try {
            Files.createDirectories(FOLDER);
            if (!NativeLibrary.PLATFORM.equals(NativeLibrary.platform()) || run("gcc", "--version") != 0) {
                throw new EngineUnavailableException("no gcc for " + NativeLibrary.PLATFORM + " here");
            }
            assertThat(run(SOURCE.resolve("build").toAbsolutePath().toString(), FOLDER.toString()))
                    .as("src/main/native/build, its output is in " + FOLDER)
                    .isZero();
        } catch (IOException e) {
            throw new EngineUnavailableException("no gcc here: " + e.getMessage());
        }
    }

    private static int run(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(FOLDER.resolve("output.txt").toFile())
                .start();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
