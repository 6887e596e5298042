package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** A compiled file that is committed, and beside it the digests of its source and of itself that its build script noted. */
final class Committed {
    private Committed() {}

    /** Fails, naming the script to run, if source or file are not those of the note. */
    static void assertMadeFrom(Path source, Path file, Path note) throws IOException {
        assertThat(Files.readAllLines(note, StandardCharsets.US_ASCII))
                .as("after a change to the source, run gpu-runtime/%s/build and commit what it writes", source)
                .isEqualTo(List.of(
                        hex(sourceDigest(source)) + "  source",
                        hex(sha256().digest(Files.readAllBytes(file))) + "  " + file.getFileName()));
    }

    private static byte[] sourceDigest(Path folder) throws IOException {
        MessageDigest digest = sha256();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                digest.update(Files.readAllBytes(file));
            }
        }
        return digest.digest();
    }

    private static String hex(byte[] digest) {
        return HexFormat.of().formatHex(digest);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
