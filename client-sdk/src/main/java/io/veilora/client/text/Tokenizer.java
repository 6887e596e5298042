package io.veilora.client.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Text to token ids and back, by Hugging Face's tokenizers library from the model's own {@code tokenizer.json}. Never
 * truncates, never pads, never uses the network. Safe for use by several threads.
 */
public final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("truncation", "do_not_truncate", "padding", "do_not_pad", "addSpecialTokens", "false");

    private final HuggingFaceTokenizer tokenizer;
    private final SpecialTokens special;
    private final Path folder;

    private Tokenizer(HuggingFaceTokenizer tokenizer, SpecialTokens special, Path folder) {
        this.folder = folder;
        this.tokenizer = tokenizer;
        this.special = special;
    }

    /**
     * Reads {@code tokenizer.json}, and {@code tokenizer_config.json} or {@code config.json} for the special tokens.
     *
     * @param vocabularySize rows of the model's embedding: every id must be below it
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a file that is missing or unreadable, or a
     *     tokenizer that does not match the embedding
     */
    public static Tokenizer open(Path folder, int vocabularySize) throws IOException {
        Path file = folder.resolve(HuggingFaceFolder.TOKENIZER);
        if (!Files.isRegularFile(file)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s is missing", file)
                    .remedy("give the folder of the model that the provider hosts"));
        }
        requireMatch(file, Vocabulary.highestId(file), vocabularySize);
        HuggingFaceTokenizer tokenizer = load(file);
        try {
            SpecialTokens special = SpecialTokens.read(folder, text -> singleId(tokenizer, text));
            special.ends().forEach(id -> requireMatch(file, id, vocabularySize));
            special.bos().ifPresent(id -> requireMatch(file, id, vocabularySize));
            return new Tokenizer(tokenizer, special, folder);
        } catch (IOException | RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private static HuggingFaceTokenizer load(Path file) throws IOException {
        TokenizerLibrary.prepare();
        try {
            return HuggingFaceTokenizer.newInstance(file, OPTIONS);
        } catch (EngineException | LinkageError e) {
            throw new PermanentException(
                    Problem.of(ProblemCode.INVALID_INPUT)
                            .detail(
                                    "no tokenizer library for %s on %s could be loaded",
                                    System.getProperty("os.name"), System.getProperty("os.arch"))
                            .remedy("use Linux (x86-64, AArch64), macOS (AArch64) or Windows (x86-64)"),
                    e);
        } catch (RuntimeException e) { // the native parser's
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s is not a tokenizer that Hugging Face's tokenizers library can read", file)
                    .remedy("download the tokenizer again"));
        }
    }

    private static OptionalInt singleId(HuggingFaceTokenizer tokenizer, String token) {
        long[] ids = tokenizer.encode(token, false, false).getIds();
        return ids.length == 1 ? OptionalInt.of((int) ids[0]) : OptionalInt.empty();
    }

    private static void requireMatch(Path file, int id, int vocabularySize) {
        if (id < 0 || id >= vocabularySize) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "%s: the tokenizer does not match the embedding: got id %d, expected below %d",
                            file, id, vocabularySize)
                    .remedy("use the tokenizer that came with the model"));
        }
    }

    /** The ids of {@code text} alone. Special tokens written out in the text become their ids. */
    public int[] encode(String text) {
        return encode(text, false);
    }

    /** The ids of {@code text} with what {@code tokenizer.json} puts around it, usually a begin-of-text token. */
    public int[] encodeWithSpecialTokens(String text) {
        return encode(text, true);
    }

    private int[] encode(String text, boolean withSpecialTokens) {
        long[] ids = tokenizer.encode(text, withSpecialTokens, false).getIds();
        int[] out = new int[ids.length];
        for (int i = 0; i < ids.length; i++) {
            out[i] = Math.toIntExact(ids[i]);
        }
        return out;
    }

    /**
     * The ids of a text, and where in it each token begins.
     *
     * @param ids (n)
     * @param starts (n), in chars
     */
    public record Located(int[] ids, int[] starts) {}

    /** As {@link #encode}, with the place of every token. */
    public Located locate(String text) {
        Encoding encoding = tokenizer.encode(text, false, false);
        int[] ids = new int[encoding.getIds().length];
        int[] starts = new int[ids.length];
        CharSpan[] spans = encoding.getCharTokenSpans(); // in code points
        int codePoint = 0;
        int place = 0;
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Math.toIntExact(encoding.getIds()[i]);
            int start = spans[i] == null ? codePoint : spans[i].getStart();
            place = text.offsetByCodePoints(place, start - codePoint);
            codePoint = start;
            starts[i] = place;
        }
        return new Located(ids, starts);
    }

    /** The model's prompt format; {@code today} is the date that a template is told which asks for it. */
    public ChatTemplate chatTemplate(LocalDate today) throws IOException {
        return ChatTemplate.open(folder, today);
    }

    /** The text of {@code ids}, special tokens left out. Bytes that are no UTF-8 become U+FFFD. */
    public String decode(int[] ids) {
        return tokenizer.decode(IntStream.of(ids).asLongStream().toArray(), true);
    }

    /** The text of {@code ids}, special tokens written out. */
    public String decodeWithSpecialTokens(int[] ids) {
        return tokenizer.decode(IntStream.of(ids).asLongStream().toArray(), false);
    }

    public SpecialTokens special() {
        return special;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
