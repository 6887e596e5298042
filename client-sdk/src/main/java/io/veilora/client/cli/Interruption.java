package io.veilora.client.cli;

import java.util.function.BooleanSupplier;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Ctrl-C while it is open: the first asks the run to end after its optimizer step, the second ends the process at once.
 * (A shutdown hook cannot do this: while hooks run, the second signal waits.)
 */
final class Interruption implements BooleanSupplier, AutoCloseable {
    static final int EXIT_CODE = 130; // 128 + SIGINT, as shells have it
    private static final Signal CTRL_C = new Signal("INT");

    private final String goOn;
    private final SignalHandler before;
    private volatile boolean asked;

    /** @param goOn the command that goes on with the run */
    Interruption(String goOn) {
        this.goOn = goOn;
        this.before = Signal.handle(CTRL_C, signal -> interrupt());
    }

    private void interrupt() {
        if (asked) {
            System.err.printf("%nstopped at once; go on from the last checkpoint with:%n  %s%n", goOn);
            Runtime.getRuntime().halt(EXIT_CODE);
        }
        asked = true;
        System.err.printf("%nfinishing this optimizer step, then saving; Ctrl-C again stops at once%n");
    }

    /** Whether Ctrl-C was pressed. */
    @Override
    public boolean getAsBoolean() {
        return asked;
    }

    @Override
    public void close() {
        Signal.handle(CTRL_C, before);
    }
}
