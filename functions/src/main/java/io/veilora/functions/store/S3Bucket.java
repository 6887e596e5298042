package io.veilora.functions.store;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Supplier;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The objects of an S3-compatible store below one prefix. Names are relative to it. Every failure of the store is an
 * {@link IOException}; the SDK has tried again by then, so a store that is away for a moment costs only time.
 *
 * <p>The store has to know the condition {@code If-None-Match: *} of PutObject and CompleteMultipartUpload, atomically and
 * for everybody: two gateways decide by it who claimed a step. Amazon S3, MinIO, Ceph and others do; one that ignores
 * the header would accept a step id for two bodies ({@link #requireConditionalWrites} finds out).
 */
public final class S3Bucket implements AutoCloseable {
    private static final int CHUNK = 1 << 20;
    private static final int CONFLICTS = 5;

    /** An object as a listing shows it. */
    public record Entry(String name, long bytes, Instant modified) {}

    /** @param bytes null if nothing has changed */
    public record Changed(String etag, byte[] bytes) {}

    /** What is done with every object of a listing. */
    @FunctionalInterface
    public interface Visitor {
        void visit(Entry entry) throws IOException;
    }

    private final S3Client client;
    private final String bucket;
    private final String prefix;
    private final S3Upload upload;

    S3Bucket(S3Client client, String bucket, String prefix, long partBytes) {
        this.client = client;
        this.bucket = bucket;
        this.prefix = prefix;
        this.upload = new S3Upload(client, bucket, partBytes);
    }

    /** @throws IllegalArgumentException if the configuration names no bucket */
    public static S3Bucket of(S3Config config) throws IOException {
        String bucket = config.bucket()
                .orElseThrow(
                        () -> new IllegalArgumentException("veilora.s3.bucket: got none; veilora.store=s3 needs it"));
        return new S3Bucket(S3Clients.of(config), bucket, config.prefix().orElse(""), config.partBytes());
    }

    /**
     * Stores {@code bytes} unless there is such an object.
     *
     * @return false if there is one; after an answer that was lost on its way it may be this one
     */
    public boolean putIfAbsent(String name, MemorySegment bytes) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                upload.send(prefix + name, bytes, S3Upload.ABSENT);
                return true;
            } catch (SdkException e) {
                if (S3Failure.status(e) == S3Failure.EXISTS) {
                    return false;
                }
                // Another write of that name is under way: once it has ended, the condition decides.
                if (S3Failure.status(e) != S3Failure.CONFLICT || attempt == CONFLICTS) {
                    throw S3Failure.of("conditional put", e);
                }
            }
        }
    }

    /**
     * Writes a probe twice, and deletes it.
     *
     * @throws IllegalStateException if the store takes both: it does not know conditional writes
     */
    public void requireConditionalWrites() throws IOException {
        String probe = "probes/" + UUID.randomUUID();
        MemorySegment nothing = MemorySegment.ofArray(new byte[0]);
        try {
            putIfAbsent(probe, nothing);
            if (putIfAbsent(probe, nothing)) {
                throw new IllegalStateException(
                        "the object store ignores 'If-None-Match: *' of PutObject: a step id could"
                                + " be used for two bodies. Use a store that knows conditional writes");
            }
        } finally {
            delete(probe);
        }
    }

    /** Stores {@code bytes} in the place of what is there. */
    public void put(String name, MemorySegment bytes) throws IOException {
        call("put", () -> {
            upload.send(prefix + name, bytes, null);
            return null;
        });
    }

    /** The object in memory, or empty if there is none. The caller closes it. */
    public Optional<StoredBytes> open(String name) throws IOException {
        return get(name, (response, body) -> read(response.contentLength(), body));
    }

    private static StoredBytes read(long bytes, InputStream body) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment segment = arena.allocate(bytes, Long.BYTES);
            byte[] chunk = new byte[(int) Math.min(CHUNK, Math.max(1, bytes))];
            long done = 0;
            while (done < bytes) {
                int count = body.read(chunk, 0, (int) Math.min(chunk.length, bytes - done));
                if (count < 0) {
                    throw new EOFException("got " + done + " of " + bytes + " bytes");
                }
                MemorySegment.copy(chunk, 0, segment, ValueLayout.JAVA_BYTE, done, count);
                done += count;
            }
            return new StoredBytes(segment.asReadOnly(), arena);
        } catch (IOException e) {
            arena.close();
            throw brokenOff(e);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** The bytes of a small object, or empty if there is none. */
    public Optional<byte[]> get(String name) throws IOException {
        return get(name, (response, body) -> {
            try {
                return body.readAllBytes();
            } catch (IOException e) {
                throw brokenOff(e);
            }
        });
    }

    /**
     * A small object, if it is another one than that with the given ETag.
     *
     * @param etag null for none
     * @return empty if there is no such object; without bytes if it is the same
     */
    public Optional<Changed> getIfChanged(String name, String etag) throws IOException {
        try {
            ResponseBytes<GetObjectResponse> object = client.getObject(
                    request -> request.bucket(bucket).key(prefix + name).ifNoneMatch(etag),
                    ResponseTransformer.toBytes());
            return Optional.of(new Changed(object.response().eTag(), object.asByteArrayUnsafe()));
        } catch (SdkException e) {
            if (S3Failure.status(e) == S3Failure.NOT_MODIFIED) {
                return Optional.of(new Changed(etag, null));
            }
            if (S3Failure.isNoSuchObject(e)) {
                return Optional.empty();
            }
            throw S3Failure.of("get", e);
        }
    }

    /** Writes the object into a new file. @return false if there is no such object; then there is no file */
    public boolean download(String name, Path file) throws IOException {
        return get(name, (response, body) -> {
                    // Opened anew at each attempt: a first one may have broken off.
                    try (OutputStream out = Files.newOutputStream(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE)) {
                        body.transferTo(out);
                    } catch (IOException e) {
                        throw brokenOff(e);
                    }
                    return file;
                })
                .isPresent();
    }

    /** A retriable failure in the SDK's terms. */
    private static RetryableException brokenOff(IOException e) {
        return RetryableException.builder()
                .message("the body broke off")
                .cause(e)
                .build();
    }

    private <T> Optional<T> get(String name, ResponseTransformer<GetObjectResponse, T> transformer) throws IOException {
        try {
            return Optional.of(
                    client.getObject(request -> request.bucket(bucket).key(prefix + name), transformer));
        } catch (SdkException e) {
            if (S3Failure.isNoSuchObject(e)) {
                return Optional.empty();
            }
            throw S3Failure.of("get", e);
        }
    }

    /** The object's size, or empty if there is none. */
    public OptionalLong bytes(String name) throws IOException {
        try {
            return OptionalLong.of(
                    client.headObject(request -> request.bucket(bucket).key(prefix + name))
                            .contentLength());
        } catch (SdkException e) {
            if (S3Failure.isNoSuchObject(e)) {
                return OptionalLong.empty();
            }
            throw S3Failure.of("head", e);
        }
    }

    /** Deletes the object if it is there. */
    public void delete(String name) throws IOException {
        call(
                "delete",
                () -> client.deleteObject(request -> request.bucket(bucket).key(prefix + name)));
    }

    /** All objects whose name begins with {@code start}, in the order of their names. */
    public void list(String start, Visitor visitor) throws IOException {
        try {
            for (S3Object object : client.listObjectsV2Paginator(
                            request -> request.bucket(bucket).prefix(prefix + start))
                    .contents()) {
                visitor.visit(new Entry(object.key().substring(prefix.length()), object.size(), object.lastModified()));
            }
        } catch (SdkException e) {
            throw S3Failure.of("list", e);
        }
    }

    private <T> T call(String what, Supplier<T> operation) throws IOException {
        try {
            return operation.get();
        } catch (SdkException e) {
            throw S3Failure.of(what, e);
        }
    }

    /** {@code s3://bucket/prefix}, for people. */
    @Override
    public String toString() {
        return ("s3://" + bucket + "/" + prefix).replaceAll("/+$", "");
    }

    @Override
    public void close() {
        client.close();
    }
}
