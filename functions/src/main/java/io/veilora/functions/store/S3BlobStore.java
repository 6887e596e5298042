package io.veilora.functions.store;

import io.veilora.functions.store.BlobName.Kind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Blobs in an S3-compatible store: {@code claims/<tenant>/<step id>} and {@code blobs/<tenant>/<step id>.<kind>}. Claims have
 * a prefix of their own, because a lifecycle rule goes by prefixes and a claim has to stay for longer than what it
 * stands for. A conditional write decides who is first, see {@link S3Bucket}.
 *
 * <p>Drafts, and copies of answers that are to be sent, lie in a local folder until they are closed.
 */
public final class S3BlobStore implements BlobStore {
    private static final String CLAIMS = "claims/";
    private static final String BLOBS = "blobs/";
    private static final String UUID_FORM = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
    private static final Pattern NAME =
            Pattern.compile("(?:claims/([^/]+)/(" + UUID_FORM + ")|blobs/([^/]+)/(" + UUID_FORM + ")\\.([a-z]+))");

    private final S3Bucket bucket;
    private final Path scratch;
    private final Optional<S3Urls> urls;

    /**
     * @param scratch a local folder of this process alone
     * @param urls if clients are to fetch from the store itself
     */
    public S3BlobStore(S3Bucket bucket, Path scratch, Optional<S3Urls> urls) throws IOException {
        this.bucket = bucket;
        this.urls = urls;
        this.scratch = Files.createDirectories(scratch);
    }

    @Override
    public boolean putIfAbsent(BlobName name, MemorySegment bytes) throws IOException {
        return bucket.putIfAbsent(object(name), bytes);
    }

    @Override
    public BlobDraft draft(String tenant) throws IOException {
        TenantName.require(tenant);
        return new BlobDraft(temporary());
    }

    @Override
    public boolean putIfAbsent(BlobName name, BlobDraft draft) throws IOException {
        return bucket.putIfAbsent(object(name), draft.bytes());
    }

    @Override
    public Optional<StoredBytes> open(BlobName name) throws IOException {
        return bucket.open(object(name));
    }

    @Override
    public Optional<BlobFile> file(BlobName name) throws IOException {
        BlobFile copy = new BlobFile(temporary(), true);
        try {
            if (bucket.download(object(name), copy.path())) {
                return Optional.of(copy);
            }
        } catch (IOException | RuntimeException e) {
            copy.close();
            throw e;
        }
        return Optional.empty();
    }

    @Override
    public Optional<URI> url(BlobName name) {
        return urls.map(presigned -> presigned.get(object(name)));
    }

    @Override
    public Optional<byte[]> get(BlobName name) throws IOException {
        return bucket.get(object(name));
    }

    @Override
    public boolean exists(BlobName name) throws IOException {
        return bucket.bytes(object(name)).isPresent();
    }

    @Override
    public void delete(BlobName name) throws IOException {
        bucket.delete(object(name));
    }

    @Override
    public List<BlobName> listExpired(Instant limit) throws IOException {
        sweepScratch(limit);
        List<BlobName> expired = new ArrayList<>();
        for (String start : List.of(CLAIMS, BLOBS)) {
            bucket.list(start, entry -> {
                if (entry.modified().isBefore(limit)) {
                    name(entry.name()).ifPresent(expired::add);
                }
            });
        }
        return expired;
    }

    /** What a killed process left. */
    private void sweepScratch(Instant limit) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(scratch)) {
            for (Path file : files) {
                try {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
                        Files.deleteIfExists(file);
                    }
                } catch (NoSuchFileException e) {
                    // Its owner was faster.
                }
            }
        }
    }

    private Path temporary() {
        return scratch.resolve(UUID.randomUUID().toString());
    }

    static String object(BlobName name) {
        return name.kind() == Kind.CLAIM
                ? CLAIMS + name.tenant() + "/" + name.stepId()
                : BLOBS + name.tenant() + "/" + name.stepId() + "."
                        + name.kind().label();
    }

    /** The blob of that object, or empty if somebody else put it there. */
    private static Optional<BlobName> name(String object) {
        Matcher parts = NAME.matcher(object);
        if (!parts.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    parts.group(1) != null
                            ? new BlobName(parts.group(1), UUID.fromString(parts.group(2)), Kind.CLAIM)
                            : new BlobName(
                                    parts.group(3),
                                    UUID.fromString(parts.group(4)),
                                    Kind.valueOf(parts.group(5).toUpperCase(Locale.ROOT))));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
