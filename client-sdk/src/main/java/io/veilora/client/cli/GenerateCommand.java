package io.veilora.client.cli;

import io.veilora.client.BaseModel;
import io.veilora.client.lora.Adapter;
import io.veilora.client.text.ChatMessage;
import io.veilora.client.text.Conversation;
import io.veilora.client.text.Generation;
import io.veilora.client.text.GenerationSettings;
import io.veilora.client.text.Generator;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code generate}: continues prompts, answers a chat, or chats. */
@Command(
        name = "generate",
        description = "Continue a prompt, or chat; the provider sees neither question nor answer.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "The text comes token by token; how fast is said on standard error. Several",
            "prompts are continued together, up to 256 at the price of one, and come as",
            "JSON lines {\"prompt\", \"completion\", \"end\"} when all are done.",
            "A chat is written in the model's own chat template; in it " + ChatLoop.NEW + " forgets what",
            "was said and " + ChatLoop.QUIT + " ends.",
            "The provider sees how many tokens an answer has, unless --hide-length is given.",
            "",
            "Examples:",
            "  veilora generate --model sample --prompt 'In the beginning'",
            "  veilora generate --model sample --adapter runs/first/adapter \\",
            "      --prompt-file note.txt --stop '###'",
            "  veilora generate --model sample --prompt 'Once' --temperature 0.8 --top-p 0.95",
            "  veilora generate --model sample --prompt 'One' --prompt 'Two' > answers.jsonl",
            "  veilora generate --model llama-1b --chat --system 'Be brief.' --max-tokens 200",
            "  veilora generate --model llama-1b --messages question.json"
        })
final class GenerateCommand implements Callable<Integer> {
    /** What to answer: one of these. */
    static final class Source {
        @Option(names = "--prompt", paramLabel = "TEXT", description = "what to continue; may be repeated")
        private List<String> prompts;

        @Option(
                names = "--prompt-file",
                paramLabel = "FILE",
                description = "what to continue, as it stands in a text file")
        private Path promptFile;

        @Option(
                names = "--messages",
                paramLabel = "FILE",
                description = "a chat to answer, JSON: [{\"role\": \"user\", \"content\": \"...\"}]")
        private Path messages;

        @Option(names = "--chat", description = "chat on this terminal, or with the lines of standard input")
        private boolean chat;
    }

    @Mixin
    private ModelOptions model;

    @ArgGroup(multiplicity = "1")
    private Source source;

    @Option(names = "--system", paramLabel = "TEXT", description = "the chat's system message (default: none)")
    private String system;

    @Option(names = "--adapter", paramLabel = "DIR", description = "adapter in PEFT's format (default: none)")
    private Path adapter;

    @Mixin
    private SamplingOptions sampling;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        GenerationSettings settings = sampling.settings();
        boolean chats = source.chat || source.messages != null;
        if (system != null && !chats) {
            throw new ParameterException(spec.commandLine(), "--system: got a prompt, expected --chat or --messages");
        }
        List<ChatMessage> before = messages();
        List<String> prompts =
                source.promptFile == null ? source.prompts : List.of(Files.readString(source.promptFile));
        try (BaseModel base = model.open()) {
            Adapter trained = model.adapter(adapter, base);
            Generator generator = Generator.of(base, trained);
            if (chats) {
                try (Conversation conversation = generator.converse(before, settings)) {
                    converse(conversation);
                }
            } else if (prompts.size() == 1) {
                stream(onText -> generator.generate(prompts.getFirst(), settings, onText));
            } else {
                continueAll(prompts, generator, settings);
            }
        }
        return 0;
    }

    private List<ChatMessage> messages() throws IOException {
        List<ChatMessage> messages = new ArrayList<>();
        if (system != null) {
            messages.add(new ChatMessage("system", system));
        }
        if (source.messages != null) {
            messages.addAll(MessagesFile.read(source.messages));
        }
        return messages;
    }

    private void converse(Conversation conversation) throws IOException {
        if (source.messages != null) {
            stream(conversation::answer);
            return;
        }
        boolean terminal = System.console() != null && System.console().isTerminal();
        BufferedReader in = new BufferedReader(
                new InputStreamReader(System.in, terminal ? System.console().charset() : StandardCharsets.UTF_8));
        new ChatLoop(conversation, in, spec.commandLine().getOut(), terminal).run();
    }

    private interface Streaming {
        Generation to(Consumer<String> onText);
    }

    private void stream(Streaming text) {
        PrintWriter out = spec.commandLine().getOut();
        Speed speed = new Speed();
        Generation generation = text.to(piece -> {
            speed.heard();
            out.print(piece);
            out.flush();
        });
        out.println();
        out.flush();
        spec.commandLine().getErr().println(speed.line(generation.promptTokens(), generation.newTokens()));
    }

    /** A line of the output for several prompts. */
    private record Continued(String prompt, String completion, Generation.End end) {}

    private void continueAll(List<String> prompts, Generator generator, GenerationSettings settings)
            throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Speed speed = new Speed();
        List<Generation> generations = generator.generateAll(prompts, settings);
        for (int i = 0; i < generations.size(); i++) {
            Continued line = new Continued(
                    prompts.get(i),
                    generations.get(i).text(),
                    generations.get(i).end());
            out.println(ProtocolJson.MAPPER.writeValueAsString(line));
        }
        out.flush();
        spec.commandLine()
                .getErr()
                .println(speed.line(
                        generations.stream().mapToInt(Generation::promptTokens).sum(),
                        generations.stream().mapToInt(Generation::newTokens).sum()));
    }
}
