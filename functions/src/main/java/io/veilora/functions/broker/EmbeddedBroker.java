package io.veilora.functions.broker;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * The real Kafka server in this process, in KRaft mode: what a laptop, a test and a trial use in place of a cluster's
 * Kafka, over the same code paths (DESIGN §6). Any Kafka client on this machine can talk to it. Its log survives a stop
 * or a kill: events not yet acknowledged are delivered again.
 */
public final class EmbeddedBroker implements AutoCloseable {
    static final int NODE_ID = 1;

    /** Always the same: formatting a folder again must agree with what is there. */
    private static final String CLUSTER_ID = "VmVpbG9yYUJyb2tlcjAwMQ";

    private final BrokerSettings settings;
    private final int port;
    private final int controllerPort;
    private KafkaRaftServer server;

    private EmbeddedBroker(BrokerSettings settings, int port, int controllerPort) {
        this.settings = settings;
        this.port = port;
        this.controllerPort = controllerPort;
    }

    /** A broker that clients can connect to. @throws PermanentException as {@link #prepare} and {@link #run} */
    public static EmbeddedBroker start(BrokerSettings settings) throws IOException {
        EmbeddedBroker broker = prepare(settings);
        broker.run();
        return broker;
    }

    /**
     * A broker that does not run yet, but knows its port, so that its clients can start beside it.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} if the port is taken
     */
    public static EmbeddedBroker prepare(BrokerSettings settings) throws IOException {
        Files.createDirectories(settings.folder());
        int controllerPort = freePort(0);
        return new EmbeddedBroker(settings, freePort(settings.port()), controllerPort);
    }

    /**
     * Formats the folder if it is new and starts the broker. Returns when clients can connect.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} if the folder is in use
     */
    public void run() throws IOException {
        Properties kafka = settings.toKafka(port, controllerPort);
        try {
            format(settings);
            server = new KafkaRaftServer(KafkaConfig.fromProps(kafka, false), Time.SYSTEM);
            server.startup();
        } catch (RuntimeException e) {
            throw new PermanentException(
                    Problem.of(ProblemCode.INVALID_INPUT)
                            .detail(
                                    "the embedded Kafka broker cannot start in %s: %s",
                                    settings.folder(), e.getMessage())
                            .remedy("stop the other server on this data folder, or give another one with --data"),
                    e);
        }
    }

    /** {@code host:port} for Kafka clients. */
    public String bootstrap() {
        return BrokerSettings.HOST + ":" + port;
    }

    /** Stops the broker cleanly; its log stays. */
    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    private static void format(BrokerSettings settings) throws IOException {
        PrintStream quiet = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        try {
            new Formatter()
                    .setPrintStream(quiet)
                    .setNodeId(NODE_ID)
                    .setClusterId(CLUSTER_ID)
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setMetadataLogDirectory(settings.folder().toAbsolutePath().toString())
                    .addDirectory(settings.folder().toAbsolutePath().toString())
                    .setIgnoreFormatted(true)
                    .run();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("cannot format " + settings.folder(), e);
        }
    }

    /** {@code wanted}, after checking that it is free, or a free port if that is 0. */
    private static int freePort(int wanted) throws IOException {
        try (ServerSocket socket = new ServerSocket(wanted, 1, InetAddress.getByName(BrokerSettings.HOST))) {
            return socket.getLocalPort();
        } catch (java.net.BindException e) {
            throw new PermanentException(
                    Problem.of(ProblemCode.INVALID_INPUT)
                            .detail("Kafka port %d: it is in use", wanted)
                            .remedy("give another port with --kafka-port, or 0 for a free one"),
                    e);
        }
    }
}
