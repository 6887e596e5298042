package io.veilora.client.cli;

import io.veilora.client.data.Dataset;
import io.veilora.client.train.Evaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code eval}: loss and perplexity on a data file. */
@Command(
        name = "eval",
        description = "Measure loss and perplexity of a model, with or without an adapter, on a data file.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  veilora eval --model sample --data heldout.jsonl",
            "  veilora eval --model sample --data heldout.jsonl --adapter runs/first/adapter"
        })
final class EvalCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Option(names = "--data", required = true, paramLabel = "FILE", description = "records, JSONL")
    private Path data;

    @Option(names = "--adapter", paramLabel = "DIR", description = "adapter in PEFT's format (default: none)")
    private Path adapter;

    @Option(
            names = "--tokens-per-batch",
            defaultValue = "512",
            description = "tokens in a pass, best a multiple of 256 (default: ${DEFAULT-VALUE})")
    private int tokensPerBatch;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        try (OpenModel open = model.open()) {
            int longest = Math.min(open.base().config().contextLength(), tokensPerBatch);
            Dataset records = Dataset.read(data, open.base().tokenizer(), longest);
            Evaluator.HeldOutLoss result =
                    new Evaluator(records, tokensPerBatch).evaluate(open.base().with(open.adapter(adapter)));
            spec.commandLine()
                    .getOut()
                    .printf(
                            "records %d, labelled tokens %d, loss %.4f, perplexity %.3f%n",
                            records.records().size(), result.labelledTokens(), result.loss(), Math.exp(result.loss()));
        }
        return 0;
    }
}
