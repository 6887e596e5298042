package io.veilora.functions.model;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** A file system of a few hundred KiB that really runs full; skips the test, saying why, where none can be mounted. */
record SmallDisk(Path folder) implements AutoCloseable {
    static SmallDisk mount(Path folder, int kibibytes) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        int status;
        try {
            status = call("mount", "-t", "tmpfs", "-o", "size=" + kibibytes + "k", "tmpfs", folder.toString());
        } catch (IOException e) {
            status = -1;
        }
        String skipped = "skipped: a full disk needs the right to mount a tmpfs (run as root)";
        if (status != 0) {
            System.out.println(skipped);
        }
        Assumptions.assumeTrue(status == 0, skipped);
        return new SmallDisk(folder);
    }

    /** Uses up all the space there is. */
    void fill() {
        Path filler = folder.resolve("filler");
        try (OutputStream out = Files.newOutputStream(filler)) {
            while (true) {
                out.write(new byte[1024]);
            }
        } catch (IOException full) {
            // that is what it is for
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        call("umount", folder.toString());
    }

    private static int call(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
