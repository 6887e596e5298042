package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A real Kafka broker, Kafka's own main class in a process of its own. It talks to nobody without TLS, a name and a
 * password, as a platform's would.
 */
public final class KafkaProcess implements AutoCloseable {
    private static final String PASSWORD = "not-a-secret-in-a-test";

    private final Path folder;
    private final int port;
    private JavaProcess process;

    private KafkaProcess(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** A formatted broker with a certificate; it does not run yet. */
    static KafkaProcess prepare(Path folder) throws Exception {
        Files.createDirectories(folder);
        KafkaProcess kafka = new KafkaProcess(folder, FreePort.take());
        kafka.makeCertificate();
        try (OutputStream file = Files.newOutputStream(folder.resolve("server.properties"))) {
            kafka.settings(FreePort.take()).store(file, null);
        }
        String log = folder.resolve("log").toString();
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setNodeId(1)
                .setClusterId("VmVpbG9yYUNsdXN0ZXIwMQ")
                .setControllerListenerName("CONTROLLER")
                .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                .setMetadataLogDirectory(log)
                .addDirectory(log)
                .run();
        return kafka;
    }

    private Properties settings(int controllerPort) {
        String login =
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"broker\" password=\""
                        + PASSWORD + "\" user_broker=\"" + PASSWORD + "\" user_veilora=\"" + PASSWORD + "\";";
        Properties settings = new Properties();
        settings.putAll(Map.of(
                "process.roles", "broker,controller",
                "node.id", "1",
                "controller.quorum.voters", "1@127.0.0.1:" + controllerPort,
                "listeners", "CLIENT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort,
                "listener.security.protocol.map", "CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT",
                "inter.broker.listener.name", "CLIENT",
                "controller.listener.names", "CONTROLLER",
                "log.dirs", folder.resolve("log").toString(),
                "auto.create.topics.enable", "false"));
        settings.putAll(Map.of(
                "sasl.enabled.mechanisms",
                "PLAIN",
                "sasl.mechanism.inter.broker.protocol",
                "PLAIN",
                "listener.name.client.plain.sasl.jaas.config",
                login,
                "ssl.keystore.location",
                folder.resolve("keys.p12").toString(),
                "ssl.keystore.type",
                "PKCS12",
                "ssl.keystore.password",
                PASSWORD,
                "ssl.key.password",
                PASSWORD,
                "ssl.truststore.location",
                folder.resolve("certificate.pem").toString(),
                "ssl.truststore.type",
                "PEM"));
        settings.putAll(Map.of(
                "offsets.topic.replication.factor", "1",
                "offsets.topic.num.partitions", "1",
                "transaction.state.log.replication.factor", "1",
                "transaction.state.log.min.isr", "1",
                "share.coordinator.state.topic.replication.factor", "1",
                "share.coordinator.state.topic.min.isr", "1",
                "group.initial.rebalance.delay.ms", "0",
                "log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20)));
        return settings;
    }

    private void makeCertificate() throws IOException, InterruptedException {
        String keys = folder.resolve("keys.p12").toString();
        keytool(
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "san=ip:127.0.0.1",
                "-keystore",
                keys);
        keytool(
                "-exportcert",
                "-rfc",
                "-file",
                folder.resolve("certificate.pem").toString(),
                "-keystore",
                keys);
    }

    private static void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-alias", "broker", "-storetype", "PKCS12", "-storepass", PASSWORD));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(said).isZero();
    }

    /** Starts the process; it does not answer yet. */
    KafkaProcess launch() throws IOException {
        List<String> arguments = List.of(
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "kafka.Kafka",
                folder.resolve("server.properties").toString());
        process = JavaProcess.start(arguments, Map.of(), folder.resolve("broker.log"));
        return this;
    }

    void awaitReady() throws Exception {
        process.await(() -> {
            try (Admin admin = admin()) {
                admin.describeCluster().nodes().get(2, TimeUnit.SECONDS);
                return true;
            } catch (TimeoutException | ExecutionException e) {
                return false;
            }
        });
    }

    /** The caller closes it. */
    Admin admin() {
        return Admin.create(Map.copyOf(clientSettings()));
    }

    /** What a client must know. */
    Map<String, String> clientSettings() {
        return new TreeMap<>(Map.of(
                "bootstrap.servers",
                "127.0.0.1:" + port,
                "security.protocol",
                "SASL_SSL",
                "sasl.mechanism",
                "PLAIN",
                "sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"veilora\" password=\""
                        + PASSWORD + "\";",
                "ssl.truststore.location",
                folder.resolve("certificate.pem").toString(),
                "ssl.truststore.type",
                "PEM"));
    }

    /** CPU time up to now. */
    public double cpuSeconds() {
        return process.cpuSeconds();
    }

    void stop() throws InterruptedException, IOException {
        process.stop();
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
    }
}
