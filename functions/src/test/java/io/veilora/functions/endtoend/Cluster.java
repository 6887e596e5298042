package io.veilora.functions.endtoend;

import io.veilora.functions.gateway.ApiKeyFile;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The cluster's shape on one machine (DESIGN §6): a Kafka broker, a PostgreSQL, and as many gateways and step functions as a
 * test wants, every one a process of its own that shares nothing with the others but these and the store of blobs and models:
 * a folder, or an S3 server.
 */
public final class Cluster implements AutoCloseable {
    private final Path folder;
    private final KafkaProcess kafka;
    private final EmbeddedPostgres postgres;
    private final Optional<StoreProcess> store;
    private final Path application;
    private final List<ClusterProcess> processes = new ArrayList<>();

    private Cluster(Path folder, KafkaProcess kafka, EmbeddedPostgres postgres, Optional<StoreProcess> store)
            throws IOException {
        this.folder = folder;
        this.kafka = kafka;
        this.postgres = postgres;
        this.store = store;
        this.application = ClusterApplication.linkTo(folder.resolve("application"));
        Files.createDirectories(models());
        Files.createDirectories(blobs());
    }

    /** Broker and database answer; nobody uses them yet. Blobs and models lie in a folder. */
    public static Cluster start(Path folder) throws Exception {
        return start(folder, Optional.empty());
    }

    /** As {@link #start(Path)}, with an S3 server that has the sample model. */
    static Cluster withObjectStore(Path folder) throws Exception {
        StoreProcess store = StoreProcess.launch(folder.resolve("s3"));
        try {
            store.awaitReady();
            store.importSample();
            return start(folder, Optional.of(store));
        } catch (Exception | Error e) {
            store.close();
            throw e;
        }
    }

    private static Cluster start(Path folder, Optional<StoreProcess> store) throws Exception {
        KafkaProcess kafka = KafkaProcess.prepare(folder.resolve("kafka")).launch();
        try {
            EmbeddedPostgres postgres = EmbeddedPostgres.start();
            kafka.awaitReady();
            return new Cluster(folder, kafka, postgres, store);
        } catch (Exception | Error e) {
            kafka.close();
            throw e;
        }
    }

    StoreProcess store() {
        return store.orElseThrow();
    }

    /** What all processes have said, one after the other. */
    String logs() throws IOException {
        StringBuilder logs = new StringBuilder();
        for (ClusterProcess each : processes) {
            logs.append(each.process().log());
        }
        return logs.toString();
    }

    public KafkaProcess kafka() {
        return kafka;
    }

    /** The folder of models of all processes. */
    public Path models() {
        return folder.resolve("models");
    }

    /** The folder of requests and answers of all processes. */
    public Path blobs() {
        return folder.resolve("blobs");
    }

    public ClusterProcess gateway(String name) throws IOException {
        return launch(name, "gateway", List.of());
    }

    /** @param jvm further options */
    public ClusterProcess function(String name, String... jvm) throws IOException {
        return launch(name, "function", List.of(jvm));
    }

    /** Starts a process of that role; it is not ready yet. */
    private ClusterProcess launch(String name, String role, List<String> jvm) throws IOException {
        Path data = Files.createDirectories(folder.resolve(name));
        if (store.isEmpty()) {
            for (String shared : List.of("blobs", "models")) {
                Files.createSymbolicLink(data.resolve(shared), folder.resolve(shared));
            }
        }
        List<String> arguments =
                new ArrayList<>(List.of(System.getProperty("veilora.jvm.flags").split(" ")));
        arguments.addAll(jvm);
        arguments.add("-Dveilora.tenants." + ApiKeyFile.TENANT + ".api-key-sha256=" + ApiKeyFile.digest(folder));
        arguments.addAll(List.of("-jar", application.toString()));
        arguments.addAll(List.of("server", "--role", role, "--port", "0", "--data", data.toString()));
        ClusterProcess process = new ClusterProcess(
                name, data, JavaProcess.start(arguments, environment(), folder.resolve(name + ".log")));
        processes.add(process);
        return process;
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        kafka.clientSettings()
                .forEach((name, value) ->
                        environment.put("KAFKA_" + name.toUpperCase(Locale.ROOT).replace('.', '_'), value));
        store.ifPresent(s3 -> environment.putAll(s3.environment()));
        environment.put("VEILORA_BROKER", "external");
        environment.put("VEILORA_DATABASE", "postgresql");
        environment.put("QUARKUS_DATASOURCE_POSTGRESQL_JDBC_URL", postgres.getJdbcUrl("postgres", "postgres"));
        environment.put("QUARKUS_DATASOURCE_POSTGRESQL_USERNAME", "postgres");
        environment.put("QUARKUS_DATASOURCE_POSTGRESQL_PASSWORD", "postgres");
        return environment;
    }

    public String apiKey() throws IOException {
        return Files.readString(ApiKeyFile.path(folder)).strip();
    }

    /** The step ids of the ledger. */
    List<UUID> chargedSteps() throws SQLException {
        List<UUID> steps = new ArrayList<>();
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT step_id FROM step_usage")) {
            while (rows.next()) {
                steps.add(rows.getObject(1, UUID.class));
            }
        }
        return steps;
    }

    @Override
    public void close() throws IOException {
        processes.forEach(ClusterProcess::close);
        kafka.close();
        store.ifPresent(StoreProcess::close);
        postgres.close();
    }
}
