package io.veilora.functions.cli;

import io.quarkus.runtime.annotations.QuarkusMain;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The provider's commands. Only {@code server} boots Quarkus and Kafka. */
@QuarkusMain
@Command(
        name = "veilora",
        description = "Private LoRA fine-tuning, the provider's side: multiplies ciphertexts by a model's weights.",
        subcommands = {
            ServerCommand.class,
            ImportCommand.class,
            ModelsCommand.class,
            RehearseCommand.class,
            GemmSpeedCommand.class
        },
        mixinStandardHelpOptions = true,
        version = "veilora 0.1.0",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  veilora import ./Llama-3.2-1B --name llama-1b",
            "  veilora models",
            "  veilora server --port 8080",
            "",
            "Exit codes: 0 done, 1 a problem (printed with its remedy), 2 wrong usage."
        })
public final class Provider implements Runnable {
    @Spec
    private CommandSpec spec;

    public static void main(String... arguments) {
        int exit = commandLine().execute(arguments);
        System.exit(exit);
    }

    /** The parser of all of the provider's commands. */
    public static CommandLine commandLine() {
        return new CommandLine(new Provider())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(new ProblemPrinter());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
