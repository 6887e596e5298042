package io.veilora.client.cli;

import io.veilora.client.text.GenerationSettings;
import io.veilora.client.text.Generator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code generate}: continues a prompt, token by token. */
@Command(
        name = "generate",
        description = "Continue a prompt; the provider sees neither prompt nor answer.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  veilora generate --model sample --prompt 'In the beginning'",
            "  veilora generate --model sample --adapter runs/first/adapter --prompt \"$(cat note.txt)\" --stop '###'",
            "  veilora generate --model sample --prompt 'Once' --temperature 0.8 --top-p 0.95 --seed 7"
        })
final class GenerateCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "what to continue")
    private String prompt;

    @Option(names = "--adapter", paramLabel = "DIR", description = "adapter in PEFT's format (default: none)")
    private Path adapter;

    @Mixin
    private SamplingOptions sampling;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        GenerationSettings settings = sampling.settings();
        PrintWriter out = spec.commandLine().getOut();
        try (OpenModel open = model.open()) {
            Generator.of(open.base(), open.adapter(adapter)).generate(prompt, settings, piece -> {
                out.print(piece);
                out.flush();
            });
            out.println();
        }
        return 0;
    }
}
