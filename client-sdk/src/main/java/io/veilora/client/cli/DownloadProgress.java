package io.veilora.client.cli;

import io.veilora.client.bundle.HintPlan;
import io.veilora.client.bundle.ModelDownload;
import io.veilora.protocol.model.ModelManifest;
import java.nio.file.Path;

/** On standard error: the sizes first, then a bar; nothing when all is here and nothing is streamed. */
final class DownloadProgress implements ModelDownload.Progress, AutoCloseable {
    private final boolean saysSizes;
    private boolean downloading;
    private Bar bar;

    /** @param saysSizes false where the sizes were said already */
    DownloadProgress(boolean saysSizes) {
        this.saysSizes = saysSizes;
    }

    @Override
    public void planned(ModelManifest manifest, HintPlan plan) {
        downloading = plan.missingBytes() > 0;
        if (saysSizes && (downloading || plan.streamedBytes() > 0)) {
            HintPlanText.lines(manifest, plan).forEach(System.err::println);
        }
    }

    @Override
    public void waiting(Path folder) {
        System.err.println("another client is downloading into " + folder + ": waiting for it");
    }

    @Override
    public void downloaded(long bytes, long total) {
        if (!downloading) {
            return;
        }
        if (bar == null) {
            bar = Bar.ofBytes("download", total);
        }
        bar.to(bytes);
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
