package io.veilora.functions.endtoend;

import io.veilora.functions.model.FileModelStore;
import io.veilora.functions.model.ImportProgress;
import io.veilora.functions.model.ImportRequest;
import io.veilora.functions.model.ModelImporter;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ModularGemms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The sample model, imported once for all tests of this process: its hints take seconds to make. */
final class ImportedSample {
    private static final Path MODELS = Path.of("target/sample-models");
    private static boolean imported;

    private ImportedSample() {}

    /** Makes {@code models} a provider's folder of models; its files are links to the imported ones. */
    static synchronized void linkTo(Path models) throws IOException {
        if (!imported) {
            importAfresh();
            imported = true;
        }
        for (Path path : paths(MODELS)) {
            Path target = models.resolve(MODELS.relativize(path));
            if (Files.isDirectory(path)) {
                Files.createDirectories(target);
            } else {
                link(path, target);
            }
        }
    }

    private static void importAfresh() throws IOException {
        if (Files.exists(MODELS)) {
            for (Path old : paths(MODELS).reversed()) {
                Files.delete(old);
            }
        }
        try (ModularGemm engine = ModularGemms.best().engine()) {
            new ModelImporter(new FileModelStore(MODELS), engine)
                    .run(
                            ImportRequest.of(SampleProvider.SAMPLE.resolve("model"), SampleProvider.MODEL),
                            ImportProgress.SILENT);
        }
    }

    /** A hard link, or a copy on another file system. */
    static void link(Path file, Path target) throws IOException {
        try {
            Files.createLink(target, file);
        } catch (IOException | UnsupportedOperationException e) { // another file system
            Files.copy(file, target);
        }
    }

    private static List<Path> paths(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.toList();
        }
    }
}
