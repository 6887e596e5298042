package io.veilora.functions.cli;

import io.veilora.protocol.model.LayerId;
import java.io.PrintWriter;

/** Progress on one line of a terminal; into a file or a pipe, a line for every tenth part. */
final class ProgressLine implements AutoCloseable {
    private static final int WIDTH = 30;

    private final PrintWriter out;
    private final boolean terminal =
            System.console() != null && System.console().isTerminal();
    private boolean open;

    ProgressLine(PrintWriter out) {
        this.out = out;
    }

    void note(String text) {
        out.println(text);
        out.flush();
    }

    /** @param done layers finished, of {@code total} */
    void show(String stage, LayerId layer, int done, int total) {
        String counts = "%-8s %d/%d".formatted(stage, done, total);
        if (terminal) {
            int filled = WIDTH * done / total;
            out.print("\r" + counts + " [" + "=".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + layer
                    + "          ");
            open = true;
        } else if (done == total || 10 * done / total != 10 * (done - 1) / total) {
            out.println(counts);
        }
        out.flush();
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
