package io.veilora.functions.endtoend;

import io.veilora.functions.model.ImportProgress;
import io.veilora.functions.model.ImportRequest;
import io.veilora.functions.model.ModelImporter;
import io.veilora.functions.model.S3ModelStore;
import io.veilora.functions.store.BlobExpiry;
import io.veilora.functions.store.S3BlobStore;
import io.veilora.functions.store.S3Bucket;
import io.veilora.functions.store.S3Server;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ModularGemms;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** An S3 server with one bucket as a process of its own, and what a test looks at and does behind the cluster's back. */
final class StoreProcess implements AutoCloseable {
    private static final long CACHE_BYTES = 1 << 30;
    private static final String UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    /** s3proxy writes into a file of the object's name and a UUID, which stays when it is stopped in between. */
    private static final Pattern UNFINISHED = Pattern.compile("(claims|blobs)/local/" + UUID + "(\\.[a-z]+)?-" + UUID);

    private final Path folder;
    private final int port;
    private JavaProcess process;

    private StoreProcess(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** Starts it; it does not answer yet. */
    static StoreProcess launch(Path folder) throws IOException {
        Files.createDirectories(folder);
        StoreProcess store = new StoreProcess(folder, FreePort.take());
        store.launch();
        return store;
    }

    void launch() throws IOException {
        List<String> arguments = List.of(
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                S3Server.class.getName(),
                folder.resolve("objects").toString(),
                Integer.toString(port));
        process = JavaProcess.start(arguments, Map.of(), folder.resolve("store.log"));
    }

    void awaitReady() throws Exception {
        process.await(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port));
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    private URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** What a process of the cluster must know. */
    Map<String, String> environment() {
        return Map.of(
                "VEILORA_STORE", "s3",
                "VEILORA_S3_ENDPOINT", url().toString(),
                "VEILORA_S3_BUCKET", S3Server.BUCKET,
                "VEILORA_S3_PREFIX", S3Server.PREFIX,
                "VEILORA_S3_PATH_STYLE", "true",
                "VEILORA_S3_ACCESS_KEY_ID", S3Server.ACCESS_KEY_ID,
                "VEILORA_S3_SECRET_ACCESS_KEY", S3Server.SECRET_ACCESS_KEY);
    }

    /** The sample model, as {@code import --store s3} does it. */
    void importSample() throws IOException {
        try (S3Bucket bucket = S3Bucket.of(S3Server.config(url()));
                ModularGemm engine = ModularGemms.best().engine()) {
            S3ModelStore models = new S3ModelStore(bucket, folder, CACHE_BYTES, Optional.empty());
            new ModelImporter(models, engine)
                    .run(
                            ImportRequest.of(SampleProvider.SAMPLE.resolve("model"), SampleProvider.MODEL),
                            ImportProgress.SILENT);
        }
    }

    /** The names of all objects but the models', and but what this server shows of a write that it did not end. */
    List<String> stepObjects() throws IOException {
        List<String> names = new ArrayList<>();
        try (S3Bucket bucket = S3Bucket.of(S3Server.config(url()))) {
            bucket.list("", entry -> names.add(entry.name()));
        }
        names.removeIf(
                name -> name.startsWith("models/") || UNFINISHED.matcher(name).matches());
        return names;
    }

    /** Deletes what is older than now, as a server does an hour later. */
    void expire() throws IOException {
        try (S3Bucket bucket = S3Bucket.of(S3Server.config(url()))) {
            S3BlobStore blobs = new S3BlobStore(bucket, folder.resolve("scratch"), Optional.empty());
            new BlobExpiry(blobs).sweep(Instant.now().plusSeconds(2));
        }
    }

    /** It keeps its connections and answers nothing. */
    void freeze() throws IOException, InterruptedException {
        process.signal("STOP");
    }

    void thaw() throws IOException, InterruptedException {
        process.signal("CONT");
    }

    void stop() throws IOException, InterruptedException {
        process.stop();
    }

    @Override
    public void close() {
        process.close();
    }
}
