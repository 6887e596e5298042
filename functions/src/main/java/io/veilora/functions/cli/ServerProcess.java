package io.veilora.functions.cli;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import io.veilora.functions.ProviderConfig;
import io.veilora.functions.ProviderConfig.Broker;
import io.veilora.functions.Role;
import io.veilora.functions.gateway.ApiKeyFile;
import io.veilora.functions.gateway.ReadyCheck;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.runtime.EngineChoice;
import jakarta.enterprise.inject.Instance;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.health.Readiness;
import picocli.CommandLine;

/** The server from ready to stopped: says where it is, waits, and takes the word back. */
public class ServerProcess implements QuarkusApplication {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final ProviderConfig config;
    private final ReadyCheck ready;
    private final Instance<EngineChoice> engine;

    ServerProcess(ProviderConfig config, @Readiness ReadyCheck ready, Instance<EngineChoice> engine) {
        this.config = config;
        this.ready = ready;
        this.engine = engine;
    }

    @Override
    public int run(String... arguments) throws Exception {
        String bootstrap = setting("kafka.bootstrap.servers");
        if (!ready.awaitReady(START_LIMIT)) {
            Problem problem = Problem.of(ProblemCode.UNAVAILABLE)
                    .detail("Kafka at %s gave no partitions within %d s", bootstrap, START_LIMIT.toSeconds())
                    .remedy("check that the broker runs, and has the topics veilora.steps and veilora.results");
            ProblemPrinter.print(problem, new PrintWriter(System.err, true));
            return CommandLine.ExitCode.SOFTWARE;
        }
        Path data = config.data().toAbsolutePath().normalize();
        boolean tls = setting("quarkus.http.insecure-requests").equalsIgnoreCase("disabled");
        String url = (tls ? "https://" : "http://") + setting("quarkus.http.host") + ":"
                + setting(tls ? "quarkus.http.ssl-port" : "quarkus.http.port");
        ServerFile file = new ServerFile(url, bootstrap, ProcessHandle.current().pid());
        file.write(data);
        try {
            announce(file, data);
            Quarkus.waitForExit();
        } finally {
            ServerFile.delete(data);
        }
        return 0;
    }

    private void announce(ServerFile file, Path data) {
        PrintWriter out = new PrintWriter(System.out, true);
        StringBuilder line = new StringBuilder(CommandLine.Help.Ansi.AUTO.string("@|bold,green ready|@"))
                .append("  ")
                .append(file.url())
                .append("  kafka ")
                .append(file.kafkaBootstrap())
                .append("  data ")
                .append(data);
        if (config.role() != Role.ALL) {
            line.append("  role ").append(config.role().name().toLowerCase(Locale.ROOT));
        }
        if (config.role().isFunction()) {
            line.append("  engine ").append(engine.get().reason());
        }
        if (config.role().isGateway()) {
            line.append("  API key ").append(apiKey(data));
        }
        out.println(line);
    }

    private String apiKey(Path data) {
        return config.tenants().isEmpty() && config.broker() == Broker.EMBEDDED
                ? ApiKeyFile.path(data).toString()
                : "as configured (veilora.tenants)";
    }

    private static String setting(String name) {
        return ConfigProvider.getConfig().getValue(name, String.class);
    }
}
