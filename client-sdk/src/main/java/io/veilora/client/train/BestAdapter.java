package io.veilora.client.train;

import io.veilora.client.files.PrivateFiles;
import io.veilora.client.lora.Adapter;
import io.veilora.client.lora.LoraConfig;
import io.veilora.client.lora.PeftFiles;
import io.veilora.client.lora.TrainedOn;
import io.veilora.client.train.TrainingEvent.Evaluated;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * Keeps the adapter with the lowest held-out loss in {@code RUN/best-adapter}, in PEFT's format, with {@value #EVALUATION}
 * beside it, and counts the evaluations since. A run that goes on finds both in the metrics before its checkpoint, so the
 * count is that of a run that was not interrupted.
 */
public final class BestAdapter implements TrainingListener {
    public static final String FOLDER = "best-adapter";
    public static final String EVALUATION = "evaluation.json";

    private final Path folder;
    private final MetricsFile metrics;
    private final LoraConfig lora;
    private final Adapter adapter;
    private final TrainedOn base;
    private Evaluated best;
    private int evaluationsSince;

    /**
     * @param metrics told of every event before this
     * @param adapter the live one
     */
    public BestAdapter(Path runFolder, MetricsFile metrics, LoraConfig lora, Adapter adapter, TrainedOn base) {
        this.folder = runFolder.resolve(FOLDER);
        this.metrics = metrics;
        this.lora = lora;
        this.adapter = adapter;
        this.base = base;
    }

    /** Evaluations since the best one; 0 right after it, and before the first. */
    public int evaluationsSince() {
        return evaluationsSince;
    }

    @Override
    public void on(TrainingEvent event) {
        try {
            if (event instanceof TrainingEvent.Started) {
                best = null;
                PrivateFiles.putBackFolder(folder);
                for (Evaluated earlier : metrics.evaluations()) {
                    count(earlier);
                }
            } else if (event instanceof Evaluated evaluated && count(evaluated)) {
                save(evaluated);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether it is the best up to now. */
    private boolean count(Evaluated evaluated) {
        boolean better = best == null || evaluated.loss() < best.loss();
        evaluationsSince = better ? 0 : evaluationsSince + 1;
        best = better ? evaluated : best;
        return better;
    }

    private void save(Evaluated evaluated) throws IOException {
        byte[] evaluation = ProtocolJson.MAPPER.writeValueAsBytes(evaluated);
        PrivateFiles.replaceFolder(folder, fresh -> {
            PeftFiles.write(fresh, lora, adapter, base);
            PrivateFiles.replace(fresh.resolve(EVALUATION), evaluation);
        });
    }
}
