package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.example.FineTuneAndAsk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example application as a process of its own, beside a provider in another. */
class ExampleIT {
    @TempDir
    Path folder;

    @Test
    void theExampleFineTunesUnderEncryptionAndItsRunFolderHoldsNoApiKey() throws Exception {
        Path records = SampleRun.files(folder.resolve("data")).training().path();
        try (SampleProvider provider = SampleProvider.imported(folder).start()) {
            Files.writeString(folder.resolve("key"), provider.apiKey());
            String url = provider.url().toString();
            Path output = example(url, "key", SampleProvider.MODEL, records.toString(), "run", "2", "Note:");
            assertThat(output).content().contains("held-out loss: ", "answer: ");
            Path run = folder.resolve("run");
            assertThat(run.resolve("config.json")).content().contains("\"mode\" : \"encrypted\"", url);
            assertThat(run.resolve("report.html")).content().contains("Traffic");
            try (Stream<Path> files = Files.walk(run)) {
                List<Path> all = files.filter(Files::isRegularFile).toList();
                assertThat(all).hasSizeGreaterThan(5);
                for (Path file : all) {
                    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                            .as(file.toString())
                            .doesNotContain(provider.apiKey());
                }
            }
        }
    }

    /** Runs it to its end in {@link #folder}; what it printed. */
    private Path example(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(System.getProperty("veilora.jvm.flags").split(" ")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), FineTuneAndAsk.class.getName()));
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor()).as(() -> read(output)).isZero();
        return output;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
