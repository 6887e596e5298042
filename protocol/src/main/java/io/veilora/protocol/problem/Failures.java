package io.veilora.protocol.problem;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** What a command line, of either side, says of a failure: without a stack trace, with a remedy. */
public final class Failures {
    private Failures() {}

    /** The problem of any failure. What nobody foresaw is named by its type alone: its message may hold anything. */
    public static Problem problem(Throwable failure) {
        Throwable cause = failure instanceof UncheckedIOException unchecked ? unchecked.getCause() : failure;
        if (cause instanceof VeiloraException known) {
            return known.problem();
        }
        if (cause instanceof IOException io && DiskFull.isCauseOf(io)) {
            return DiskFull.problem(io);
        }
        if (cause instanceof IOException) {
            return Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s: %s", cause.getClass().getSimpleName(), cause.getMessage())
                    .remedy("check that the files exist and may be read and written");
        }
        if (cause instanceof IllegalArgumentException) {
            return Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s", cause.getMessage())
                    .remedy("see --help for the values allowed");
        }
        return Problem.of(ProblemCode.INTERNAL)
                .detail("%s", cause.getClass().getSimpleName())
                .remedy("run it again with VEILORA_DEBUG=1 and report the trace");
    }

    /** The lines below the title: what, remedy and step, as far as the problem has them. */
    public static List<String> lines(Problem problem) {
        List<String> lines = new ArrayList<>();
        add(lines, "what:  ", problem.detail());
        add(lines, "remedy:", problem.remedy());
        add(lines, "step:  ", problem.stepId());
        return lines;
    }

    private static void add(List<String> lines, String label, String text) {
        if (text != null) {
            lines.add("  " + label + " " + text);
        }
    }
}
