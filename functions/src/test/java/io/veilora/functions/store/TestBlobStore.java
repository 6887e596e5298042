package io.veilora.functions.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A blob store under test, and where its objects lie as files. */
interface TestBlobStore extends AutoCloseable {
    BlobStore blobs();

    Path file(BlobName name);

    /** Where it keeps temporary files of that tenant. */
    Path temporary(String tenant);

    /** Every file that there is, the temporary ones too. */
    List<Path> files() throws IOException;

    @Override
    void close() throws IOException;

    enum Kind {
        FOLDER,
        S3;

        TestBlobStore open(Path root) throws IOException {
            return this == FOLDER ? new InFolder(root, new FileBlobStore(root)) : InS3.open(root);
        }
    }

    record InFolder(Path root, BlobStore blobs) implements TestBlobStore {
        @Override
        public Path file(BlobName name) {
            return root.resolve(name.tenant())
                    .resolve(name.stepId() + "." + name.kind().label());
        }

        @Override
        public Path temporary(String tenant) {
            return root.resolve(tenant);
        }

        @Override
        public List<Path> files() throws IOException {
            return regularFiles(root);
        }

        @Override
        public void close() {}
    }

    record InS3(S3Server server, Path scratch, S3Bucket bucket, BlobStore blobs) implements TestBlobStore {
        static InS3 open(Path root) throws IOException {
            S3Server server = new S3Server(root.resolve("s3"), 0).start();
            S3Bucket bucket = S3Bucket.of(server.config());
            Path scratch = root.resolve("scratch");
            return new InS3(server, scratch, bucket, new S3BlobStore(bucket, scratch, Optional.empty()));
        }

        @Override
        public Path file(BlobName name) {
            return server.bucketFolder().resolve("test").resolve(S3BlobStore.object(name));
        }

        @Override
        public Path temporary(String tenant) {
            return scratch;
        }

        @Override
        public List<Path> files() throws IOException {
            return Stream.concat(regularFiles(server.bucketFolder()).stream(), regularFiles(scratch).stream())
                    .toList();
        }

        @Override
        public void close() throws IOException {
            bucket.close();
            server.close();
        }
    }

    private static List<Path> regularFiles(Path root) throws IOException {
        try (Stream<Path> tree = Files.walk(root)) {
            return tree.filter(Files::isRegularFile).toList();
        }
    }
}
