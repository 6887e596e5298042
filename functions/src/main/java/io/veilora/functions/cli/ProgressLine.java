package io.veilora.functions.cli;

import io.veilora.functions.model.ImportProgress.Done;
import io.veilora.functions.model.ImportProgress.Stage;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.text.ByteCount;
import java.io.PrintWriter;
import java.util.Locale;

/** An import's progress on one line of a terminal; into a file or a pipe, a line for every tenth part. */
final class ProgressLine implements AutoCloseable {
    private static final int WIDTH = 30;
    private static final int LINES = 10;

    private final PrintWriter out;
    private final boolean terminal =
            System.console() != null && System.console().isTerminal();
    private boolean open;
    private Stage stage;
    private long stageStartNanos = System.nanoTime();
    private long linesSaid;

    ProgressLine(PrintWriter out) {
        this.out = out;
    }

    void note(String text) {
        out.println(text);
        out.flush();
    }

    void show(Stage current, LayerId layer, Done done) {
        long now = System.nanoTime();
        if (current != stage) {
            close();
            stageStartNanos = stage == null ? stageStartNanos : now;
            stage = current;
            linesSaid = 0;
        }
        String text = text(current, done, (now - stageStartNanos) / 1e9);
        long line = LINES * done.bytes() / done.ofBytes();
        if (terminal) {
            int filled = (int) (WIDTH * done.bytes() / done.ofBytes());
            out.print(
                    "\r" + text + " [" + "=".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + layer + "          ");
            open = true;
        } else if (line > linesSaid) {
            linesSaid = line;
            out.println(text);
        }
        out.flush();
    }

    /** {@code hints 12/65 layers, 0.2 of 1.2 GB of weights, 3 min left}; {@code seconds} since the stage began. */
    static String text(Stage stage, Done done, double seconds) {
        String text = "%-8s %d/%d layers, %s of %s of weights"
                .formatted(
                        stage.name().toLowerCase(Locale.ROOT),
                        done.layers(),
                        done.ofLayers(),
                        ByteCount.text(done.bytes()),
                        ByteCount.text(done.ofBytes()));
        long made = done.bytes() - done.reusedBytes();
        if (made > 0) {
            text += ", " + duration(seconds * (done.ofBytes() - done.bytes()) / made) + " left";
        }
        return done.reusedBytes() == 0
                ? text
                : text + " (" + ByteCount.text(done.reusedBytes()) + " were there already)";
    }

    private static String duration(double seconds) {
        return seconds < 90 ? "%.0f s".formatted(seconds) : "%.0f min".formatted(seconds / 60);
    }

    @Override
    public void close() {
        if (open) {
            out.println();
            out.flush();
            open = false;
        }
    }
}
