package io.veilora.functions.cli;

import io.quarkus.runtime.Quarkus;
import io.veilora.functions.ProviderConfig.Broker;
import io.veilora.functions.Role;
import io.veilora.functions.broker.BrokerSettings;
import io.veilora.functions.broker.EmbeddedBroker;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.VeiloraException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code server}: gateway, step function and, unless there is another, the broker, in one process. */
@Command(
        name = "server",
        description = "Serve the imported models.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Prints one line when it is ready and writes server.json (url, kafkaBootstrap, pid) into the data folder.",
            "The API key of the first start lies in the file api-key there.",
            "With VEILORA_BROKER=external it uses the Kafka of KAFKA_BOOTSTRAP_SERVERS; src/site/cluster.md has the rest.",
            "",
            "Examples:",
            "  veilora server",
            "  veilora server --port 0 --data /tmp/provider",
            "  VEILORA_BROKER=external KAFKA_BOOTSTRAP_SERVERS=kafka:9092 veilora server --role gateway --host 0.0.0.0"
        })
final class ServerCommand implements Callable<Integer> {
    private static final String BOOTSTRAP = "kafka.bootstrap.servers";
    private static final String INSTANCE = "veilora.steps.instance";
    private static final long STOP_SECONDS = 20;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "8080",
            description = "HTTP port, 0 for a free one (default: ${DEFAULT-VALUE})")
    private int port;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "address to listen on (default: ${DEFAULT-VALUE}, this machine only)")
    private String host;

    @Option(
            names = "--kafka-port",
            paramLabel = "PORT",
            defaultValue = "0",
            description = "port of the embedded Kafka broker (default: a free one)")
    private int kafkaPort;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description = "all, or in a cluster gateway or function (default: $$VEILORA_ROLE or all)")
    private Role role;

    @Mixin
    private DataOption data;

    @Spec
    private CommandSpec spec;

    private final CountDownLatch stopped = new CountDownLatch(1);

    @Override
    public Integer call() throws Exception {
        Broker shape = brokerShape();
        requireFree();
        System.setProperty("veilora.data", data.folder().toString());
        System.setProperty("quarkus.http.port", Integer.toString(port));
        System.setProperty("quarkus.http.host", host);
        if (role != null) {
            System.setProperty("veilora.role", role.name().toLowerCase(Locale.ROOT));
        }
        try (DataLock lock = DataLock.take(data.folder())) {
            if (shape == Broker.EMBEDDED) {
                startBroker();
            }
            return run();
        }
    }

    private void startBroker() throws IOException {
        EmbeddedBroker broker =
                EmbeddedBroker.prepare(new BrokerSettings(data.folder().resolve("kafka"), kafkaPort));
        System.setProperty(BOOTSTRAP, broker.bootstrap());
        if (System.getenv("VEILORA_STEPS_INSTANCE") == null && System.getProperty(INSTANCE) == null) {
            // The one replica: a static member takes its partitions back at once after a restart or a kill.
            System.setProperty(INSTANCE, "local");
        }
        // It warns of its own clients at every stop; with a remote broker the same words would mean something.
        System.setProperty("quarkus.log.category.\"org.apache.kafka.clients.NetworkClient\".level", "ERROR");
        Thread.ofPlatform().name("veilora-broker-start").start(() -> run(broker));
    }

    /** Beside Quarkus, which waits for the broker when it needs it ({@code TopicsAtStart}). */
    private void run(EmbeddedBroker broker) {
        try {
            broker.run();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> closeAfterQuarkus(broker), "veilora-broker-stop"));
        } catch (IOException | RuntimeException e) {
            int exit = new ProblemPrinter().handleExecutionException(e, spec.commandLine(), null);
            Runtime.getRuntime().halt(exit); // nothing has begun that would have to end
        }
    }

    private int run() {
        int[] exit = {0};
        Quarkus.run(ServerProcess.class, (code, failure) -> {
            exit[0] = failure == null ? code : fail(failure);
            stopped.countDown();
        });
        return exit[0];
    }

    /** What kept it from starting; our own reasons lie below what Quarkus makes of them. */
    private int fail(Throwable failure) {
        Throwable reason = failure;
        while (!(reason instanceof VeiloraException) && reason.getCause() != null) {
            reason = reason.getCause();
        }
        Exception known = reason instanceof VeiloraException veilora ? veilora : new IllegalStateException(failure);
        if (known != reason) {
            Logger.getLogger(ServerCommand.class).error("the server cannot start", failure);
        }
        return new ProblemPrinter().handleExecutionException(known, spec.commandLine(), null);
    }

    /** The broker goes last: consumers leave their groups and producers finish while it is still there. */
    private void closeAfterQuarkus(EmbeddedBroker broker) {
        try {
            stopped.await(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        broker.close();
    }

    private Broker brokerShape() {
        String shape = System.getProperty("veilora.broker", System.getenv("VEILORA_BROKER"));
        try {
            return shape == null ? Broker.EMBEDDED : Broker.valueOf(shape.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "VEILORA_BROKER: got '" + shape + "', expected embedded or external");
        }
    }

    /** Before the broker starts: a taken port should not cost seconds. */
    private void requireFree() throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName(host))) {
            socket.getLocalPort();
        } catch (BindException e) {
            throw new PermanentException(
                    Problem.of(ProblemCode.INVALID_INPUT)
                            .detail("%s port %d: %s", host, port, e.getMessage())
                            .remedy("give another port with --port, or 0 for a free one"),
                    e);
        }
    }
}
