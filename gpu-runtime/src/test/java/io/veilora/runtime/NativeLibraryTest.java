package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    private static final Path COMMITTED = Path.of("src/main/resources/io/veilora/runtime", NativeLibrary.PLATFORM);

    @Test
    void the_committed_library_was_made_from_the_source_as_it_is() throws Exception {
        MessageDigest source = MessageDigest.getInstance("SHA-256");
        try (Stream<Path> files = Files.list(CompiledLibrary.SOURCE)) {
            for (Path file : files.sorted().toList()) {
                source.update(Files.readAllBytes(file));
            }
        }
        byte[] library = Files.readAllBytes(COMMITTED.resolve("libveilora-gemm.so"));
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(library);
        HexFormat hex = HexFormat.of();
        assertThat(Files.readAllLines(COMMITTED.resolve("libveilora-gemm.sha256"), StandardCharsets.US_ASCII))
                .as("after a change to the C source, run gpu-runtime/src/main/native/build and commit what it writes")
                .isEqualTo(List.of(
                        hex.formatHex(source.digest()) + "  source", hex.formatHex(digest) + "  libveilora-gemm.so"));
    }

    @Test
    void an_unpacked_library_leaves_nothing_behind() throws Exception {
        assumeThat(NativeLibrary.platform()).isEqualTo(NativeLibrary.PLATFORM);
        List<String> before = unpacked();
        NativeLibrary.bundled();
        assertThat(unpacked()).isEqualTo(before);
    }

    private static List<String> unpacked() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("veilora-gemm-"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void a_file_that_is_no_library_is_a_reason_and_not_a_crash(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("libveilora-gemm.so"), "not a library");
        assertThatThrownBy(() -> NativeLibrary.open(file))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("does not load from " + folder)
                .hasMessageContaining("-Djava.io.tmpdir=");
    }

    @Test
    void a_library_of_another_version_is_a_reason_and_not_a_crash() throws Exception {
        assumeThat(NativeLibrary.platform()).isEqualTo(NativeLibrary.PLATFORM);
        NativeLibrary library = NativeLibrary.bundled();
        assertThatThrownBy(() -> library.function("veilora_avx9_multiply", FunctionDescriptor.ofVoid()))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessage("its library lacks veilora_avx9_multiply; build it anew");
    }

    @Test
    void platforms_are_named_alike_everywhere() {
        assertThat(NativeLibrary.platform("Linux", "amd64")).isEqualTo("linux-x86_64");
        assertThat(NativeLibrary.platform("Linux", "aarch64")).isEqualTo("linux-aarch64");
        assertThat(NativeLibrary.platform("Mac OS X", "aarch64")).isEqualTo("mac-aarch64");
        assertThat(NativeLibrary.platform("Windows 11", "amd64")).isEqualTo("windows-x86_64");
    }
}
