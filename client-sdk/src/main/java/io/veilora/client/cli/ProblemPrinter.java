package io.veilora.client.cli;

import io.veilora.protocol.problem.Failures;
import io.veilora.protocol.problem.Problem;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says what went wrong and what to do, without a stack trace; exit code 1. {@code VEILORA_DEBUG=1} adds the trace. */
final class ProblemPrinter implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult arguments) {
        PrintWriter err = command.getErr();
        Problem problem = Failures.problem(failure);
        err.println(command.getColorScheme().ansi().string("@|bold,red error:|@ ") + problem.title());
        Failures.lines(problem).forEach(err::println);
        if (System.getenv("VEILORA_DEBUG") != null) {
            failure.printStackTrace(err);
        }
        err.flush();
        return CommandLine.ExitCode.SOFTWARE;
    }
}
