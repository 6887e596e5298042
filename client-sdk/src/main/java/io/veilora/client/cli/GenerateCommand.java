package io.veilora.client.cli;

import io.veilora.client.text.GenerationRequest;
import io.veilora.client.text.Generator;
import io.veilora.client.text.Sampling;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
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

    @Option(names = "--max-new-tokens", defaultValue = "80", description = "longest answer (default: ${DEFAULT-VALUE})")
    private int maxNewTokens;

    @Option(names = "--temperature", defaultValue = "0", description = "0 takes the most probable token (default)")
    private double temperature;

    @Option(names = "--top-p", defaultValue = "1", description = "nucleus of the draw (default: ${DEFAULT-VALUE})")
    private double topP;

    @Option(names = "--stop", paramLabel = "TEXT", description = "end before this text; may be repeated")
    private List<String> stops = List.of();

    @Option(names = "--seed", defaultValue = "1", description = "of the draw (default: ${DEFAULT-VALUE})")
    private long seed;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        GenerationRequest request =
                new GenerationRequest(prompt, maxNewTokens, new Sampling(temperature, topP, seed), stops);
        PrintWriter out = spec.commandLine().getOut();
        try (OpenModel open = model.open()) {
            Generator generator = new Generator(
                    open.base().with(open.adapter(adapter)),
                    open.base().tokenizer(),
                    open.base().config().contextLength());
            generator.generate(request, piece -> {
                out.print(piece);
                out.flush();
            });
            out.println();
        }
        return 0;
    }
}
