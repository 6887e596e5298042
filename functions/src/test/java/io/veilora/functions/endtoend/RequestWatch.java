package io.veilora.functions.endtoend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Keeps requests from the provider's blob store, which deletes them once they are answered, by links to the files. */
final class RequestWatch implements AutoCloseable {
    private final Path blobs;
    private final Path kept;
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::watch);

    private RequestWatch(Path blobs, Path kept) {
        this.blobs = blobs;
        this.kept = kept;
    }

    static RequestWatch start(Path blobs, Path kept) throws IOException {
        RequestWatch watch = new RequestWatch(blobs, Files.createDirectories(kept));
        watch.thread.start();
        return watch;
    }

    List<Path> kept() throws IOException {
        try (Stream<Path> files = Files.list(kept)) {
            return files.toList();
        }
    }

    private void watch() {
        try {
            while (true) {
                for (Path file : requests()) {
                    keep(file);
                }
                Thread.sleep(3);
            }
        } catch (InterruptedException e) {
            // Enough seen.
        }
    }

    private List<Path> requests() {
        try (Stream<Path> files = Files.walk(blobs)) {
            return files.filter(file -> file.toString().endsWith(".request")).toList();
        } catch (IOException | java.io.UncheckedIOException e) {
            return List.of(); // a file went while we looked
        }
    }

    private void keep(Path file) {
        try {
            Path link = kept.resolve(file.getFileName());
            if (!Files.exists(link)) {
                Files.createLink(link, file);
            }
        } catch (NoSuchFileException e) {
            // Answered in the meantime.
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        thread.join();
    }
}
