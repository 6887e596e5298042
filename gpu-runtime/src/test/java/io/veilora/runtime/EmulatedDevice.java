package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code src/test/cuda}: the kernels compiled for a device that is emulated on the processor, once for all tests. */
final class EmulatedDevice {
    private static final Path FOLDER = Path.of("target/emulated-device").toAbsolutePath();
    private static Optional<String> absence = Optional.empty();
    private static boolean built;

    /** @param status exit status */
    record Run(int status, String output) {}

    private EmulatedDevice() {}

    /** Builds it, or skips the calling test with the reason. */
    static synchronized void require() throws IOException {
        if (!built) {
            Files.createDirectories(FOLDER);
            absence = compilerAbsence();
            if (absence.isEmpty()) {
                Run build = run(List.of("src/test/cuda/build", FOLDER.toString()), Map.of());
                assertThat(build.status()).as(build.output()).isZero();
            }
            built = true;
        }
        absence.ifPresent(reason -> abort("the emulated device: " + reason));
    }

    private static Optional<String> compilerAbsence() {
        if (!NativeLibrary.PLATFORM.equals(NativeLibrary.platform())) {
            return Optional.of("needs " + NativeLibrary.PLATFORM);
        }
        try {
            return run(List.of("g++", "--version"), Map.of()).status() == 0
                    ? Optional.empty()
                    : Optional.of("g++ does not work here");
        } catch (IOException e) {
            return Optional.of("no g++ here");
        }
    }

    /** The kernels' own checks. */
    static Run checkKernels() throws IOException {
        return run(List.of(FOLDER.resolve("check_kernels").toString()), Map.of());
    }

    /** A JVM of this one's class path that finds the emulated device's driver. */
    static Run java(Map<String, String> environment, String option, Class<?> main, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                option,
                main.getName()));
        command.addAll(List.of(arguments));
        return run(command, environment);
    }

    private static Run run(List<String> command, Map<String, String> environment) throws IOException {
        Path output = Files.createTempFile(FOLDER, "output-", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("LD_LIBRARY_PATH", FOLDER.toString());
        builder.environment().putAll(environment);
        try {
            int status = builder.start().waitFor();
            return new Run(status, Files.readString(output));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            Files.delete(output);
        }
    }
}
