package io.veilora.client.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar on a terminal; a line now and then where standard error is a file. */
final class Bar implements AutoCloseable {
    private static final int LINES = 10;

    private final String task;
    private final long total;
    private final ProgressBar bar;
    private long linesSaid;

    private Bar(String task, long total, ProgressBar bar) {
        this.task = task;
        this.total = total;
        this.bar = bar;
    }

    /** Counts steps of any kind. */
    static Bar of(String task, long total) {
        return new Bar(task, total, isTerminal() ? builder(task, total).build() : null);
    }

    /** Counts bytes, shown as MB. */
    static Bar ofBytes(String task, long total) {
        return new Bar(
                task,
                total,
                isTerminal() ? builder(task, total).setUnit(" MB", 1_000_000).build() : null);
    }

    private static boolean isTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    private static ProgressBarBuilder builder(String task, long total) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                .setUpdateIntervalMillis(200);
    }

    void to(long done) {
        to(done, "");
    }

    /** @param note shown behind the bar */
    void to(long done, String note) {
        if (bar != null) {
            bar.stepTo(done);
            bar.setExtraMessage(note);
            return;
        }
        long line = total == 0 ? LINES : done * LINES / total;
        if (line > linesSaid) {
            linesSaid = line;
            System.err.printf("%s %d %% %s%n", task, total == 0 ? 100 : 100 * done / total, note);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
