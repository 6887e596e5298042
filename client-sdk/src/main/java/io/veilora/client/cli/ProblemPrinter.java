package io.veilora.client.cli;

import io.veilora.protocol.problem.DiskFull;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.VeiloraException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says what went wrong and what to do, without a stack trace; exit code 1. {@code VEILORA_DEBUG=1} adds the trace. */
final class ProblemPrinter implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult arguments) {
        PrintWriter err = command.getErr();
        Problem problem = problem(failure);
        err.println(command.getColorScheme().ansi().string("@|bold,red error:|@ ") + problem.title());
        if (problem.detail() != null) {
            err.println("  what:   " + problem.detail());
        }
        if (problem.remedy() != null) {
            err.println("  remedy: " + problem.remedy());
        }
        if (problem.stepId() != null) {
            err.println("  step:   " + problem.stepId());
        }
        if (System.getenv("VEILORA_DEBUG") != null) {
            failure.printStackTrace(err);
        }
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static Problem problem(Exception failure) {
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
}
