package io.veilora.client.cli;

import io.veilora.client.bundle.ModelDownload;

/** A bar that appears with the first downloaded byte. */
final class DownloadProgress implements ModelDownload.Progress, AutoCloseable {
    private Bar bar;

    @Override
    public void downloaded(long bytes, long total) {
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
