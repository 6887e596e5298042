package io.veilora.functions.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An import holds less than one layer in float: it works in a heap that has no room for its largest layer. */
@Timeout(300)
class StreamedImportIT {
    private static final int HEAP_MIB = 56;

    @TempDir
    Path folder;

    private record Ended(int exitCode, String said) {}

    private Ended inSmallHeap(String what) throws IOException, InterruptedException {
        assertThat((long) ImportInSmallHeap.LAYER_WEIGHTS * Float.BYTES).isGreaterThan((long) HEAP_MIB << 20);
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(System.getProperty("veilora.jvm.flags").split(" ")));
        command.add("-Xmx" + HEAP_MIB + "m");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ImportInSmallHeap.class.getName()));
        command.addAll(List.of(folder.toString(), what));
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(240, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Ended(process.exitValue(), Files.readString(output));
    }

    @Test
    void anImportFitsAHeapThatIsSmallerThanItsLargestLayer() throws Exception {
        Ended ended = inSmallHeap("import");
        assertThat(ended.said()).contains(ImportInSmallHeap.DONE);
        assertThat(ended.exitCode()).isZero();
    }

    @Test
    void whoReadsThatLayerAtOnceRunsOutOfMemory() throws Exception {
        Ended ended = inSmallHeap("whole");
        assertThat(ended.said()).contains("OutOfMemoryError").doesNotContain("" + ImportInSmallHeap.LAYER_WEIGHTS);
        assertThat(ended.exitCode()).isNotZero();
    }
}
