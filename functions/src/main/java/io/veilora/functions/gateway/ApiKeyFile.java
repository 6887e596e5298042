package io.veilora.functions.gateway;

import io.veilora.functions.tenant.ApiKeySecret;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The keys of a provider that nobody configured, one of its only tenant and one of its operator: made at the first start,
 * readable by their owner.
 */
public final class ApiKeyFile {
    /** The tenant of the generated key. */
    public static final String TENANT = "local";

    /** The name of the operator with the generated key. */
    public static final String OPERATOR = "operator";

    private static final String NAME = "api-key";
    private static final String OPERATOR_NAME = "operator-key";

    private ApiKeyFile() {}

    public static Path path(Path data) {
        return data.resolve(NAME);
    }

    /** Where the operator's key lies; who reads it manages tenants and keys. */
    public static Path operatorPath(Path data) {
        return data.resolve(OPERATOR_NAME);
    }

    /** Makes the tenant's key if it is not there. @return SHA-256 of the key, hexadecimal */
    public static String digest(Path data) throws IOException {
        return digest(data, path(data));
    }

    /** Makes the operator's key if it is not there. @return SHA-256 of the key, hexadecimal */
    public static String operatorDigest(Path data) throws IOException {
        return digest(data, operatorPath(data));
    }

    private static String digest(Path data, Path file) throws IOException {
        String key = ApiKeySecret.make().text();
        Set<StandardOpenOption> create = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Files.createDirectories(data);
        try (SeekableByteChannel channel = Files.newByteChannel(file, create, ownerOnly(data))) {
            Channels.newOutputStream(channel).write((key + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (FileAlreadyExistsException e) {
            key = Files.readString(file).strip();
        }
        return Sha256.hex(key.getBytes(StandardCharsets.UTF_8));
    }

    private static FileAttribute<?>[] ownerOnly(Path folder) throws IOException {
        if (!Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            return new FileAttribute<?>[0];
        }
        Set<PosixFilePermission> permissions = PosixFilePermissions.fromString("rw-------");
        return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    }
}
