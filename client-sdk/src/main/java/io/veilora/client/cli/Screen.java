package io.veilora.client.cli;

import java.io.PrintStream;
import java.util.function.LongSupplier;

/**
 * Where progress is shown.
 *
 * @param terminal whether a bar can be drawn; else lines are written now and then
 * @param nanoTime a clock as {@link System#nanoTime}
 */
record Screen(PrintStream out, boolean terminal, LongSupplier nanoTime) {
    static Screen standardError() {
        boolean terminal = System.console() != null && System.console().isTerminal();
        return new Screen(System.err, terminal, System::nanoTime);
    }
}
