package io.veilora.client.cli;

import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A progress bar with the time left on a terminal; a line now and then where there is none. */
final class Bar implements AutoCloseable {
    private static final int LINES = 10;
    private static final long NANOS_BETWEEN_LINES = Duration.ofMinutes(1).toNanos();

    private final Screen screen;
    private final String task;
    private final long first;
    private final long total;
    private final ProgressBar bar;
    private final long started;
    private long tenthsSaid;
    private long said;

    private Bar(Screen screen, String task, long first, long total, ProgressBar bar) {
        this.screen = screen;
        this.task = task;
        this.first = first;
        this.total = total;
        this.bar = bar;
        this.started = screen.nanoTime().getAsLong();
        this.said = started;
        this.tenthsSaid = tenths(first);
    }

    /** Counts steps of any kind. */
    static Bar of(String task, long total) {
        return from(Screen.standardError(), task, 0, total);
    }

    /** Counts steps of which some were done earlier: they do not count for the time left. */
    static Bar from(Screen screen, String task, long first, long total) {
        ProgressBar bar = screen.terminal()
                ? builder(task, total).startsFrom(first, Duration.ZERO).build()
                : null;
        return new Bar(screen, task, first, total, bar);
    }

    /** Counts bytes, shown as MB. */
    static Bar ofBytes(String task, long total) {
        Screen screen = Screen.standardError();
        ProgressBar bar = screen.terminal()
                ? builder(task, total).setUnit(" MB", 1_000_000).build()
                : null;
        return new Bar(screen, task, 0, total, bar);
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
            bar.setExtraMessage(" " + note);
            return;
        }
        long now = screen.nanoTime().getAsLong();
        if (tenths(done) > tenthsSaid || now - said > NANOS_BETWEEN_LINES) {
            tenthsSaid = tenths(done);
            said = now;
            String words = note.isEmpty() ? "" : ", " + note;
            screen.out().printf("%s %d %%%s%s%n", task, total == 0 ? 100 : 100 * done / total, words, timeLeft(done));
        }
    }

    private long tenths(long done) {
        return total == 0 ? LINES : done * LINES / total;
    }

    private String timeLeft(long done) {
        if (done <= first || done >= total) {
            return "";
        }
        double nanos = (double) (screen.nanoTime().getAsLong() - started) / (done - first) * (total - done);
        Duration left = Duration.ofNanos((long) nanos);
        return String.format(", %d:%02d:%02d left", left.toHours(), left.toMinutesPart(), left.toSecondsPart());
    }

    /** What to print before a line of text, so that it does not run into the bar. */
    String lineBreak() {
        return bar == null ? "" : System.lineSeparator();
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
