package io.veilora.client.text.jinja;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import jinjava.de.odysseus.el.ExpressionFactoryImpl;
import jinjava.de.odysseus.el.tree.TreeStore;
import jinjava.de.odysseus.el.tree.impl.Cache;
import jinjava.javax.el.ExpressionFactory;

/**
 * A chat template as Transformers renders it: Jinjava reads the template, its blocks and white space
 * ({@code trim_blocks}, {@code lstrip_blocks}); what an expression, a condition or a loop means is Python's
 * ({@link PythonParser}, {@link LoopTag}). Everything that would come out differently is an error that names the construct.
 *
 * <p>Values are strings, Booleans, longs, lists, maps and {@link #NONE}. Text in values is never read as a template. Not
 * safe for use by several threads.
 */
public final class JinjaTemplate {
    /** Python's None. */
    public static final Object NONE = Values.NONE;

    private static final Set<String> TAGS = Set.of("if", "elif", "else", "for", "set", "generation", "raw", "macro");

    private final Engine engine = new Engine();
    private final String source;
    private final String origin;

    /**
     * @param origin where the template comes from, for errors
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a block that is not supported
     */
    public JinjaTemplate(String source, String origin) {
        String lines = source.replace("\r\n", "\n").replace('\r', '\n'); // as Jinja2 does, and its last line end goes
        this.source = lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
        this.origin = origin;
        requireKnownTags(engine.newInterpreter().parse(this.source));
    }

    private void requireKnownTags(Node node) {
        if (node instanceof TagNode tag && !TAGS.contains(tag.getName())) {
            throw fault(tag.getLineNumber(), "the block {% " + tag.getName() + " %} is not supported");
        }
        node.getChildren().forEach(this::requireKnownTags);
    }

    /**
     * The text for {@code values}, and where in it the template's {@code generation} blocks are.
     *
     * @param values by name; {@code strftime_now}, a {@link java.time.LocalDateTime}, is the time that function tells
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} naming the origin, the line of the template and the
     *     construct that failed; never a value
     */
    public Rendered render(Map<String, Object> values) {
        Map<String, Object> scope = new HashMap<>(values);
        Functions.NAMES.forEach(name -> scope.putIfAbsent(name, true)); // they are defined
        RenderResult result = engine.renderForResult(source, scope);
        if (result.hasErrors()) {
            TemplateError first = result.getErrors().getFirst();
            throw fault(first.getLineno(), first.getMessage());
        }
        return Rendered.of(result.getOutput());
    }

    /**
     * Refuses the two noncharacters of Unicode that mark generations.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT}
     */
    public static void requireNoMark(String text) {
        if (text.indexOf(GenerationTag.START) >= 0 || text.indexOf(GenerationTag.END) >= 0) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("a message holds U+FDD0 or U+FDD1, which are no characters")
                    .remedy("remove them"));
        }
    }

    private PermanentException fault(int line, String what) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail(
                        "%s: the chat template fails%s: %s",
                        origin,
                        line > 0 ? " in its line " + line : "",
                        what.replace(TemplateFault.class.getSimpleName() + ": ", ""))
                .remedy("give records with \"prompt\" and \"completion\" in the model's own prompt format instead of"
                        + " \"messages\", or a chat_template.jinja that says the same with other words"));
    }

    /** Jinjava with Python's expressions. */
    private static final class Engine extends Jinjava {
        private final ExpressionFactory expressions =
                new ExpressionFactoryImpl(new TreeStore(new PythonParser.Syntax(), new Cache(1000)));

        Engine() {
            super(JinjavaConfig.newBuilder()
                    .withTrimBlocks(true)
                    .withLstripBlocks(true)
                    .withNestedInterpretationEnabled(false)
                    .withInterperterFactory(new PythonPrinting())
                    .withLegacyOverrides(LegacyOverrides.Builder.from(LegacyOverrides.ALL)
                            .withWhitespaceRequiredWithinTokens(false)
                            .withKeepNullableLoopValues(true)
                            .withAllowAdjacentTextNodes(true)
                            .build())
                    .build());
            getGlobalContext().registerTag(new ConditionTag());
            getGlobalContext().registerTag(new LoopTag());
            getGlobalContext().registerTag(new GenerationTag());
        }

        @Override
        public ExpressionFactory getExpressionFactory() {
            return expressions == null ? super.getExpressionFactory() : expressions;
        }
    }
}
