package io.veilora.client.eval;

import io.veilora.client.BaseModel;
import io.veilora.client.data.Dataset;
import io.veilora.client.llama.LlamaModel;
import io.veilora.client.lora.Adapter;
import io.veilora.client.text.Generation;
import io.veilora.client.text.GenerationSettings;
import io.veilora.client.text.Generator;
import io.veilora.client.text.Tokenizer;
import io.veilora.client.train.Evaluator;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Measures a model, with or without an adapter, on records that it was not trained on:
 *
 * <pre>{@code
 * Evaluation evaluation = Evaluation.of(baseModel, adapter, records);
 * double perplexity = evaluation.loss(512).perplexity();
 * double share = ExactMatch.of(evaluation.answers()).share();
 * }</pre>
 */
public final class Evaluation {
    /** Tokens that an answer may have beyond the longest expected one: the same text can take other tokens. */
    private static final int SPARE_TOKENS = 16;

    private final LlamaModel model;
    private final Tokenizer tokenizer;
    private final Dataset records;
    private final List<Exercise> exercises;

    private Evaluation(LlamaModel model, Tokenizer tokenizer, Dataset records) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.records = records;
        this.exercises = records.records().stream()
                .map(Exercise::of)
                .filter(exercise -> exercise.answer().length > 0)
                .toList();
    }

    /** @param adapter {@link Adapter#none} for the base model alone */
    public static Evaluation of(BaseModel base, Adapter adapter, Dataset records) {
        return new Evaluation(base.with(adapter), base.tokenizer(), records);
    }

    /**
     * The mean loss over all labelled tokens.
     *
     * @param tokensPerBatch tokens in a pass, at least those of the longest record; whole blocks of 256 waste nothing
     */
    public Loss loss(int tokensPerBatch) {
        return Loss.of(new Evaluator(records, tokensPerBatch).evaluate(model));
    }

    /**
     * @param loss cross-entropy per labelled token, in natural units
     * @param perplexity e to the loss
     */
    public record Loss(double loss, double perplexity, long labelledTokens) {
        static Loss of(Evaluator.HeldOutLoss heldOut) {
            return new Loss(heldOut.loss(), Math.exp(heldOut.loss()), heldOut.labelledTokens());
        }
    }

    /** Greedy answers to all prompts, each as long as the longest completion and a little more. */
    public List<Answer> answers() {
        return answers(mostAnswerTokens(), count -> {});
    }

    /** How many records have something to answer. */
    public int answerCount() {
        return exercises.size();
    }

    /** Tokens of the longest completion and a little more. */
    public int mostAnswerTokens() {
        return SPARE_TOKENS
                + exercises.stream()
                        .mapToInt(exercise -> exercise.answer().length)
                        .max()
                        .orElse(0);
    }

    /**
     * Greedy answers to the prompts of all records, generated together; of a conversation the last answer is asked for.
     *
     * @param maxTokens longest answer
     * @param onFinished called with the number of records that are answered, as it grows
     * @return in the order of the records
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} when no record has anything to answer
     */
    public List<Answer> answers(int maxTokens, IntConsumer onFinished) {
        if (exercises.isEmpty()) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "none of %d records has a completion",
                            records.records().size())
                    .remedy("give records with a prompt and a completion"));
        }
        List<Generation> generations = new Generator(model, tokenizer)
                .continueAll(
                        exercises.stream().map(Exercise::prompt).toList(),
                        GenerationSettings.greedy(maxTokens),
                        onFinished);
        List<Answer> answers = new ArrayList<>();
        for (int i = 0; i < exercises.size(); i++) {
            String expected = tokenizer.decode(exercises.get(i).answer());
            answers.add(new Answer(
                    exercises.get(i).line(), expected, generations.get(i).text()));
        }
        return answers;
    }
}
