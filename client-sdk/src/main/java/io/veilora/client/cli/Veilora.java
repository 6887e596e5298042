package io.veilora.client.cli;

import io.veilora.client.Versions;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The data owner's commands; {@code ./veilora} sends the provider's ({@code server, import, models}) elsewhere. */
@Command(
        name = "veilora",
        description = "Private LoRA fine-tuning: the provider computes on ciphertexts, everything else stays here.",
        subcommands = {
            DemoCommand.class,
            TrainCommand.class,
            EvalCommand.class,
            GenerateCommand.class,
            BenchCommand.class,
            TenantsCommand.class,
            KeysCommand.class,
            UsageCommand.class,
            StatementCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = Veilora.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Provider's commands (see veilora COMMAND --help):",
            "  server    Serve the imported models.",
            "  import    Import a model: int8 weights and hints.",
            "  models    List the imported models.",
            "",
            "tenants, keys, usage and statement ask a provider about accounts and bills.",
            "",
            "Examples:",
            "  veilora demo",
            "  veilora train --model sample --data train.jsonl --held-out heldout.jsonl --run runs/first",
            "  veilora generate --model sample --adapter runs/first/adapter --prompt 'Note: ...'",
            "",
            "Exit codes: 0 done, 1 a problem (printed with its remedy), 2 wrong usage, 130 interrupted."
        })
public final class Veilora implements Runnable {
    @Spec
    private CommandSpec spec;

    /** What {@code --version} says. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"veilora " + Versions.ofVeilora()};
        }
    }

    public static void main(String... arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The parser of all of the data owner's commands. */
    public static CommandLine commandLine() {
        return new CommandLine(new Veilora())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(new ProblemPrinter());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
