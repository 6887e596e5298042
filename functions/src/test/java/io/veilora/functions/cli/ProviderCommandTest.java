package io.veilora.functions.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.functions.TinyModel;
import io.veilora.functions.broker.BrokerSettings;
import io.veilora.functions.store.S3Server;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ProviderCommandTest {
    @TempDir
    Path temporary;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void everyCommandExplainsItselfWithExamples() {
        for (String command : new String[] {"server", "import", "models"}) {
            assertThat(run(command, "--help")).isZero();
        }
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("Examples:", "veilora import ./Llama-3.2-1B --name llama-1b");
    }

    @Test
    void wrongUsageIsExitCodeTwo() {
        assertThat(run()).isEqualTo(2);
        assertThat(run("import", "folder")).isEqualTo(2);
        assertThat(run("import", "folder", "--name", "x", "--parameters", "MLWE_8x1"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("MLWE_256x5");
        assertThat(run("import", "folder", "--name", "x", "--epoch", "0")).isEqualTo(2);
        assertThat(run("sing")).isEqualTo(2);
    }

    @Test
    void importedModelsAreListed() throws IOException {
        Path source = TinyModel.write(temporary.resolve("source"), 1);
        String data = temporary.resolve("data").toString();
        assertThat(run("models", "--data", data)).isZero();
        assertThat(out.toString()).contains("no models");
        assertThat(run("import", source.toString(), "--name", "tiny", "--data", data))
                .isZero();
        assertThat(err.toString()).contains("engine:", "quantize 5/5", "hints    5/5");
        assertThat(run("import", source.toString(), "--name", "tiny", "--data", data))
                .isZero();
        assertThat(out.toString()).contains("unchanged");
        assertThat(run("models", "--data", data)).isZero();
        assertThat(out.toString())
                .containsPattern(
                        "tiny +5 +64 +[0-9.]+ kB +2\\.6 kB +[0-9.]+ [kM]B +[0-9.]+ kB +MLWE_256x5 +1 +[0-9a-f]{12}");
    }

    @Test
    void modelsInAnS3StoreAreImportedAndListedWithTheServersSettings() throws IOException {
        Map<String, String> settings = Map.of(
                "veilora.s3.bucket", S3Server.BUCKET,
                "veilora.s3.path-style", "true",
                "veilora.s3.access-key-id", S3Server.ACCESS_KEY_ID,
                "veilora.s3.secret-access-key", S3Server.SECRET_ACCESS_KEY);
        Path source = TinyModel.write(temporary.resolve("source"), 1);
        String data = temporary.resolve("data").toString();
        try (S3Server server = new S3Server(temporary.resolve("s3"), 0).start()) {
            settings.forEach(System::setProperty);
            System.setProperty("veilora.s3.endpoint", server.url().toString());
            assertThat(run("import", source.toString(), "--name", "tiny", "--data", data, "--store", "s3"))
                    .as(err.toString())
                    .isZero();
            assertThat(out.toString()).contains("imported 'tiny' into s3://veilora/tiny");
            assertThat(run("models", "--data", data, "--store", "s3")).isZero();
            assertThat(run("models", "--data", data)).isZero();
            assertThat(out.toString()).containsPattern("tiny +5 +64 ").contains("no models");
        } finally {
            settings.keySet().forEach(System::clearProperty);
            System.clearProperty("veilora.s3.endpoint");
        }
        assertThat(run("models", "--data", data, "--store", "s3")).isOne();
        assertThat(err.toString()).contains("veilora.s3.bucket", "remedy:");
    }

    @Test
    void aSyntheticModelNeedsNoFolderAndTheSameOneIsImportedOnce() {
        String data = temporary.resolve("data").toString();
        String[] command = {"import", "--synthetic", "tiny", "--name", "speed", "--data", data};
        assertThat(run(command)).isZero();
        assertThat(out.toString()).contains("imported 'speed'").doesNotContain("unchanged");
        assertThat(run(command)).isZero();
        assertThat(out.toString()).contains("'speed' is there already, unchanged");
        assertThat(run("import", "folder", "--synthetic", "tiny", "--name", "both", "--data", data))
                .isEqualTo(2);
        assertThat(run("import", "--synthetic", "huge", "--name", "huge", "--data", data))
                .isOne();
        assertThat(err.toString()).contains("'huge'", "llama-3.2-1b");
    }

    @Test
    void aBadModelIsAProblemWithARemedyAndNoStackTrace() throws IOException {
        Path source = TinyModel.write(temporary.resolve("source"), 1);
        Files.writeString(source.resolve("config.json"), TinyModel.config("GPT2LMHeadModel"));
        assertThat(run("import", source.toString(), "--name", "x", "--data", temporary.toString()))
                .isOne();
        assertThat(err.toString())
                .contains("error:", "what:", "GPT2LMHeadModel", "remedy:")
                .doesNotContain("at io.veilora");
    }

    @Test
    void aTakenPortIsSaidBeforeAnythingStarts() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(BrokerSettings.HOST))) {
            String port = Integer.toString(taken.getLocalPort());
            assertThat(run(
                            "server",
                            "--port",
                            port,
                            "--data",
                            temporary.resolve("data").toString()))
                    .isOne();
            assertThat(err.toString()).contains("port " + port, "--port");
            assertThat(temporary.resolve("data")).doesNotExist();
        }
    }

    private int run(String... arguments) {
        CommandLine command = Provider.commandLine();
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return command.execute(arguments);
    }
}
