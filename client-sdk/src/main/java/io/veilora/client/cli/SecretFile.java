package io.veilora.client.cli;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** A new file that only its owner reads. It is there before its secret is made, so that none is lost for want of a place. */
record SecretFile(Path path) {
    /** @param path null for none. @throws PermanentException INVALID_INPUT if there is a file already */
    static SecretFile reserve(Path path) throws IOException {
        if (path == null) {
            return null;
        }
        try {
            Files.createFile(path, ownerOnly(path.toAbsolutePath().getParent()));
        } catch (FileAlreadyExistsException e) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s: there is such a file", path)
                    .remedy("give a name that is free with --out"));
        }
        return new SecretFile(path);
    }

    private static FileAttribute<?>[] ownerOnly(Path folder) throws IOException {
        return Files.getFileStore(folder).supportsFileAttributeView("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    void write(String secret) throws IOException {
        Files.write(path, (secret + "\n").getBytes(StandardCharsets.US_ASCII), StandardOpenOption.WRITE);
    }
}
