package io.veilora.functions.cli;

import io.veilora.protocol.problem.DiskFull;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.VeiloraException;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says what went wrong and what to do, without a stack trace; exit code 1. {@code VEILORA_DEBUG=1} adds the trace. */
final class ProblemPrinter implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult arguments) {
        PrintWriter err = command.getErr();
        print(problem(failure), err);
        if (System.getenv("VEILORA_DEBUG") != null) {
            failure.printStackTrace(err);
        }
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static Problem problem(Exception failure) {
        if (failure instanceof VeiloraException known) {
            return known.problem();
        }
        if (failure instanceof IOException store && DiskFull.isCauseOf(store)) {
            return Problem.of(ProblemCode.DISK_FULL).remedy("free space, or give another folder with --data");
        }
        if (failure instanceof IOException) {
            return Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s: %s", failure.getClass().getSimpleName(), failure.getMessage())
                    .remedy("check that the folders exist and may be read and written");
        }
        return Problem.of(ProblemCode.STEP_FAILED)
                .detail("%s: %s", failure.getClass().getSimpleName(), failure.getMessage())
                .remedy("run it again with VEILORA_DEBUG=1 and report the trace");
    }

    static void print(Problem problem, PrintWriter err) {
        err.println(CommandLine.Help.Ansi.AUTO.string("@|bold,red error:|@ ") + problem.title());
        if (problem.detail() != null) {
            err.println("  what:   " + problem.detail());
        }
        if (problem.remedy() != null) {
            err.println("  remedy: " + problem.remedy());
        }
    }
}
