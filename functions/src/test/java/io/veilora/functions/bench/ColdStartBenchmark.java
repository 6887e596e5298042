package io.veilora.functions.bench;

import io.veilora.functions.Words;
import io.veilora.functions.broker.BrokerSettings;
import io.veilora.functions.broker.EmbeddedBroker;
import io.veilora.functions.gateway.ApiKeyFile;
import io.veilora.functions.model.FileModelStore;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.step.StepApi;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Seconds from the start of the process to the first answered step ({@code src/bench/coldstart}), seen from outside: the
 * data folder is locked (JVM and command line), the broker's port answers, the HTTP port answers, the server says that
 * it is ready, the answer is here. The page cache is warm.
 */
public final class ColdStartBenchmark {
    private static final String[] MARKS = {"main", "broker", "HTTP port", "ready", "answered"};
    private static final String MODEL = "sample";
    private static final LayerId LAYER = LayerId.parse("blocks.0.down");
    private static final int TOKENS = 256;

    private final Path data;
    private final ByteBuffer body;

    private ColdStartBenchmark(Path data) throws IOException {
        this.data = data;
        RemoteLayer layer = new FileModelStore(data.resolve("models"))
                .find(MODEL)
                .orElseThrow()
                .layer(LAYER);
        byte[] message = Words.request(1, TOKENS, layer.inputFeatures());
        body = ByteBuffer.allocateDirect(message.length).put(message).flip();
    }

    /** @param arguments data folder with the sample model, number of starts, AOT cache */
    public static void main(String[] arguments) throws Exception {
        ColdStartBenchmark benchmark = new ColdStartBenchmark(Path.of(arguments[0]));
        int starts = Integer.parseInt(arguments[1]);
        List<String> cache = List.of("-XX:AOTCache=" + arguments[2]);
        System.out.println("seconds since the start of the process, median of " + starts + " (fastest to slowest)");
        benchmark.measure("broker inside, AOT cache", starts, cache, null);
        benchmark.measure("broker inside, no cache", starts, List.of(), null);
        Path folder = benchmark.data.resolve("other-kafka");
        try (EmbeddedBroker other = EmbeddedBroker.start(new BrokerSettings(folder, 0))) {
            benchmark.measure("broker elsewhere, AOT cache", starts, cache, other.bootstrap());
            benchmark.measure("broker elsewhere, no cache", starts, List.of(), other.bootstrap());
        }
    }

    private void measure(String shape, int starts, List<String> jvm, String bootstrap) throws Exception {
        double[][] marks = new double[MARKS.length][starts];
        for (int i = 0; i < starts; i++) {
            double[] seen = start(jvm, bootstrap);
            for (int mark = 0; mark < MARKS.length; mark++) {
                marks[mark][i] = seen[mark];
            }
        }
        System.out.printf("  %-28s", shape);
        for (int mark = 0; mark < MARKS.length; mark++) {
            Arrays.sort(marks[mark]);
            System.out.printf("  %s %.2f", MARKS[mark], marks[mark][starts / 2]);
        }
        double[] answered = marks[MARKS.length - 1];
        System.out.printf(" (%.2f to %.2f)%n", answered[0], answered[starts - 1]);
    }

    private double[] start(List<String> jvm, String bootstrap) throws Exception {
        int port = freePort();
        int kafka = bootstrap == null ? freePort() : Integer.parseInt(bootstrap.split(":")[1]);
        List<String> flags = new ArrayList<>(jvm);
        if (bootstrap != null) {
            flags.addAll(List.of("-Dveilora.broker=external", "-Dkafka.bootstrap.servers=" + bootstrap));
            flags.add("-Dveilora.tenants.local.api-key-sha256=" + ApiKeyFile.digest(data));
        }
        List<String> options = List.of(
                "--port", Integer.toString(port), "--kafka-port", Integer.toString(bootstrap == null ? kafka : 0));
        try (BenchServer server = BenchServer.launch(data, flags, options)) {
            double[] seconds = new double[MARKS.length];
            seconds[0] = server.await(() -> Files.exists(data.resolve("server.lock")));
            seconds[1] = server.await(() -> answers(kafka));
            seconds[2] = server.await(() -> answers(port));
            seconds[3] = server.await(() -> Files.exists(data.resolve("server.json")));
            try (StepConnection connection = new StepConnection(server.url(), server.apiKey())) {
                StepConnection.Answer answer = connection.step(StepApi.stepPath(MODEL, LAYER, Direction.FORWARD), body);
                seconds[4] = server.seconds();
                if (answer.status() != 200) {
                    throw new IllegalStateException("status " + answer.status());
                }
            }
            return seconds;
        }
    }

    private static boolean answers(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(BrokerSettings.HOST, port), 100);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(BrokerSettings.HOST))) {
            return socket.getLocalPort();
        }
    }
}
