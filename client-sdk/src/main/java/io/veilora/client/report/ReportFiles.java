package io.veilora.client.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.client.files.PrivateFiles;
import io.veilora.client.train.MetricsFile;
import io.veilora.client.train.TrainingEvent;
import io.veilora.client.train.TrainingListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * {@value #JSON} and {@value #HTML} of a run folder, written anew at every evaluation and checkpoint, so that a run that
 * is interrupted has them too.
 */
public final class ReportFiles implements TrainingListener {
    public static final String JSON = "report.json";
    public static final String HTML = "report.html";

    private final Path runFolder;
    private final MetricsFile metrics;
    private final String mode;
    private final long keptHintBytes;
    private final JsonNode config;
    private Path checkpoint;
    private double blockFill = 1;

    /**
     * @param metrics told of every event before this
     * @param mode how the frozen layers are computed
     * @param keptHintBytes as {@link TrainingReport.Hints#keptBytes}
     * @param config the run's configuration, to be shown
     */
    public ReportFiles(Path runFolder, MetricsFile metrics, String mode, long keptHintBytes, JsonNode config) {
        this.runFolder = runFolder;
        this.metrics = metrics;
        this.mode = mode;
        this.keptHintBytes = keptHintBytes;
        this.config = config;
    }

    @Override
    public void on(TrainingEvent event) {
        try {
            switch (event) {
                case TrainingEvent.Started started -> blockFill = started.blockFill();
                case TrainingEvent.Evaluated evaluated -> write(checkpoint);
                case TrainingEvent.CheckpointSaved saved -> {
                    checkpoint = saved.folder();
                    write(checkpoint);
                }
                default -> {}
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes both files. */
    public TrainingReport write(Path adapterFolder) throws IOException {
        TrainingReport report =
                TrainingReport.of(mode, keptHintBytes, metrics.steps(), metrics.evaluations(), adapterFolder);
        report.writeJson(runFolder.resolve(JSON));
        String name = runFolder.toAbsolutePath().normalize().getFileName().toString();
        HtmlReport html = new HtmlReport(name, report, metrics.steps(), metrics.evaluations());
        PrivateFiles.replace(
                runFolder.resolve(HTML), html.render(config, blockFill).getBytes(StandardCharsets.UTF_8));
        return report;
    }
}
