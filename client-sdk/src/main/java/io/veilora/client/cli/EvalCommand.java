package io.veilora.client.cli;

import io.veilora.client.BaseModel;
import io.veilora.client.data.Dataset;
import io.veilora.client.data.DatasetReader;
import io.veilora.client.data.ReadData;
import io.veilora.client.eval.Answer;
import io.veilora.client.eval.Evaluation;
import io.veilora.client.eval.EvaluationReport;
import io.veilora.client.eval.EvaluationReport.Scores;
import io.veilora.client.eval.ExactMatch;
import io.veilora.client.lora.Adapter;
import io.veilora.client.train.TrainingEvent;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code eval}: loss, perplexity and exact match on records. */
@Command(
        name = "eval",
        description = "Measure loss, perplexity and exact match of a model, with or without an adapter, on records.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Loss is the mean cross-entropy of the completions' tokens, perplexity e to it.",
            "For an exact match, which needs prompts or chats, the most probable answer to a",
            "prompt has to be the record's completion, but for white space; beside it stands",
            "the share of lines that are the same at the same place. Answers are generated",
            "together, up to 256 at the price of one; the provider sees how many tokens the",
            "longest has.",
            "",
            "Examples:",
            "  veilora eval --model sample --data heldout.jsonl",
            "  veilora eval --model sample --data heldout.jsonl --adapter runs/first/adapter \\",
            "      --compare-base",
            "  veilora eval --model sample --data heldout.csv --adapter runs/first/adapter --column text",
            "  veilora eval --model sample --data src/ --glob '**/*.java' --adapter runs/code/adapter",
            "  veilora eval --model sample --data heldout.jsonl --adapter runs/first/adapter \\",
            "      --exact-match --limit 50 --output answers.jsonl --report eval.json"
        })
final class EvalCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "PATH",
            description = "records: a .jsonl, .txt, .csv or .mbox file, a mail folder, or a folder of files")
    private Path data;

    @Mixin
    private RecordOptions reading;

    @Option(names = "--adapter", paramLabel = "DIR", description = "adapter in PEFT's format (default: none)")
    private Path adapter;

    @Option(names = "--compare-base", description = "measure the base model without the adapter too")
    private boolean compareBase;

    @Option(names = "--exact-match", description = "answer every prompt and compare with its completion")
    private boolean exactMatch;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "longest answer (default: the longest completion and 16 tokens more)")
    private Integer maxTokens;

    @Option(names = "--limit", paramLabel = "N", description = "only the first N records (default: all)")
    private Integer limit;

    @Option(names = "--output", paramLabel = "FILE", description = "write the answers as JSONL, with --exact-match")
    private Path output;

    @Option(names = "--report", paramLabel = "FILE", description = "write the figures as JSON")
    private Path report;

    @Option(
            names = "--tokens-per-batch",
            paramLabel = "N",
            defaultValue = "512",
            description = "tokens in a pass, best a multiple of 256 (default: ${DEFAULT-VALUE})")
    private int tokensPerBatch;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        checkOptions();
        try (BaseModel base = model.open()) {
            Dataset records = records(base);
            Adapter trained = model.adapter(adapter, base);
            long start = System.nanoTime();
            Scores result = scores(Evaluation.of(base, trained, records), output);
            Scores alone = compareBase ? scores(Evaluation.of(base, Adapter.none(), records), null) : null;
            print(adapter == null ? "base model" : "adapter", records, result);
            if (alone != null) {
                print("base model", records, alone);
            }
            if (report != null) {
                new EvaluationReport(
                                base.name(),
                                adapter == null ? null : adapter.toString(),
                                data.toString(),
                                records.records().size(),
                                result,
                                alone,
                                (System.nanoTime() - start) / 1e9,
                                base.costs().bytesUp(),
                                base.costs().bytesDown(),
                                base.costs().streamedHintBytes())
                        .writeJson(report);
            }
        }
        return 0;
    }

    private void checkOptions() {
        require(adapter != null || !compareBase, "--compare-base: got no --adapter to compare with");
        require(exactMatch || output == null, "--output: got no --exact-match, so there are no answers to write");
        require(limit == null || limit > 0, "--limit: got " + limit + ", expected a positive number");
        require(maxTokens == null || maxTokens > 0, "--max-tokens: got " + maxTokens + ", expected a positive number");
        require(tokensPerBatch > 0, "--tokens-per-batch: got " + tokensPerBatch + ", expected a positive number");
    }

    private void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }

    private Dataset records(BaseModel base) throws IOException {
        int longest = Math.min(base.config().contextLength(), tokensPerBatch);
        ReadData read = new DatasetReader(base.tokenizer(), longest, reading.tooLong(), DatasetReader.TRAINING_DATE)
                .read(reading.source(data));
        for (TrainingEvent.Remark remark : TrainingEvent.Remark.on(read)) {
            spec.commandLine().getErr().println(remark.words());
        }
        spec.commandLine().getErr().flush();
        Dataset all = read.dataset();
        return limit == null || limit >= all.records().size()
                ? all
                : new Dataset(all.records().subList(0, limit));
    }

    /** @param answersFile where the answers go; null for nowhere */
    private Scores scores(Evaluation evaluation, Path answersFile) throws IOException {
        Evaluation.Loss loss = evaluation.loss(tokensPerBatch);
        if (!exactMatch) {
            return Scores.of(loss, null);
        }
        List<Answer> answers;
        try (Bar bar = Bar.of("answers", evaluation.answerCount())) {
            int most = maxTokens == null ? evaluation.mostAnswerTokens() : maxTokens;
            answers = evaluation.answers(most, bar::to);
        }
        if (answersFile != null) {
            EvaluationReport.writeAnswers(answers, answersFile);
        }
        return Scores.of(loss, ExactMatch.of(answers));
    }

    private void print(String name, Dataset records, Scores scores) {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "%s: records %d, labelled tokens %d, loss %.4f, perplexity %.3f%n",
                name, records.records().size(), scores.labelledTokens(), scores.loss(), scores.perplexity());
        ExactMatch match = scores.exactMatch();
        if (match != null) {
            out.printf(
                    "%s: exact match %d of %d (%.1f %%), same lines %d of %d (%.1f %%)%n",
                    name,
                    match.exact(),
                    match.records(),
                    100 * match.share(),
                    match.sameLines(),
                    match.lines(),
                    100 * match.lineShare());
        }
        out.flush();
    }
}
