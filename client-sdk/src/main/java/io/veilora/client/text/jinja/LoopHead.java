package io.veilora.client.text.jinja;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code names in items if condition}.
 *
 * @param condition null for none
 */
record LoopHead(List<String> names, String items, String condition) {
    private static final Pattern HEAD = Pattern.compile("\\s*([\\w\\s,()]+?)\\s+in\\s(.*)", Pattern.DOTALL);
    private static final Pattern WORD =
            Pattern.compile("'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"|\\w+|.", Pattern.DOTALL);

    static LoopHead parse(String text) {
        Matcher head = HEAD.matcher(text);
        if (!head.matches()) {
            throw new TemplateFault("a for without in");
        }
        List<String> names = Stream.of(head.group(1).replaceAll("[()]", "").split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
        String rest = head.group(2);
        int depth = 0;
        int condition = -1;
        Matcher word = WORD.matcher(rest);
        while (word.find()) {
            switch (word.group()) {
                case "(", "[", "{" -> depth++;
                case ")", "]", "}" -> depth--;
                case "if" -> condition = depth == 0 && condition < 0 ? word.start() : condition;
                case "recursive" -> throw TemplateFault.unsupported("for … recursive");
                default -> {}
            }
        }
        return condition < 0
                ? new LoopHead(names, rest, null)
                : new LoopHead(names, rest.substring(0, condition), rest.substring(condition + "if".length()));
    }
}
