package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.functions.gateway.ApiKeyFile;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcDataSource;

/**
 * The packaged server as a process of its own on a temporary folder, with the sample model imported: the real broker, the
 * real gateway. It can be killed and started again on the same folder and port. Its temporary files lie in its data
 * folder too, so that the folder and the log are all that it ever wrote.
 */
final class SampleProvider implements AutoCloseable {
    static final Path SAMPLE = Path.of("../src/sample");
    static final String MODEL = "sample";

    private final Path data;
    private final Path log;
    private final int port;
    private final List<String> settings = new ArrayList<>();
    private Process server;

    private SampleProvider(Path data, Path log, int port) {
        this.data = data;
        this.log = log;
        this.port = port;
    }

    /** A data folder with the sample model; nothing listens on the port yet. */
    static SampleProvider imported(Path folder) throws IOException {
        Path data = folder.resolve("provider");
        Files.createDirectories(data.resolve("tmp"));
        ImportedSample.linkTo(data.resolve("models"));
        ApiKeyFile.digest(data); // makes the key, as the first start would
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return new SampleProvider(data, folder.resolve("provider.log"), free.getLocalPort());
        }
    }

    /** With this setting of the configuration, from the next start on. */
    SampleProvider with(String name, Object value) {
        settings.add("-D" + name + "=" + value);
        return this;
    }

    Path data() {
        return data;
    }

    Path log() {
        return log;
    }

    int port() {
        return port;
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    String apiKey() throws IOException {
        return Files.readString(ApiKeyFile.path(data)).strip();
    }

    /** Starts the process and returns once it says that it is ready. */
    SampleProvider start() throws IOException, InterruptedException {
        Path ready = data.resolve("server.json");
        Files.deleteIfExists(ready);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(System.getProperty("veilora.jvm.flags").split(" ")));
        command.add("-Djava.io.tmpdir=" + data.resolve("tmp"));
        command.addAll(settings);
        command.addAll(List.of("-jar", new File("target/quarkus-app/quarkus-run.jar").getAbsolutePath()));
        command.addAll(List.of("server", "--port", Integer.toString(port), "--data", data.toString()));
        server = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
        while (!Files.exists(ready)) {
            assertThat(server.isAlive() && System.nanoTime() < end)
                    .as(Files.readString(log))
                    .isTrue();
            Thread.sleep(50);
        }
        return this;
    }

    /** {@code kill -9}. */
    void kill() throws InterruptedException {
        server.destroyForcibly().waitFor();
    }

    /** Asks it to stop and waits: it writes everything down. */
    void stop() throws InterruptedException {
        server.destroy();
        assertThat(server.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    /** The step ids of the ledger, with repetitions if there were any; the server must not run. */
    List<UUID> chargedSteps() throws SQLException {
        JdbcDataSource h2 = new JdbcDataSource();
        h2.setURL("jdbc:h2:file:" + data.resolve("ledger") + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE");
        h2.setUser("veilora");
        List<UUID> steps = new ArrayList<>();
        try (Connection connection = h2.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT step_id FROM step_usage")) {
            while (rows.next()) {
                steps.add(rows.getObject(1, UUID.class));
            }
        }
        return steps;
    }

    @Override
    public void close() {
        if (server != null) {
            server.destroyForcibly();
        }
    }
}
