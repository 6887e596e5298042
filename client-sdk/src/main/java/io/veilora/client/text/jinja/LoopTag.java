package io.veilora.client.text.jinja;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.JinjavaInterpreter.InterpreterScopeClosable;
import com.hubspot.jinjava.lib.tag.ElseTag;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code {% for x in items if condition %} … {% else %} … {% endfor %}} as in Jinja2: a scope for every turn, a filter, and
 * the whole {@code loop} except {@code loop.cycle}, {@code loop.changed} and recursion.
 */
final class LoopTag implements Tag {
    private static final String LOOP = "loop";

    @Override
    public String getName() {
        return "for";
    }

    @Override
    public String getEndTagName() {
        return "endfor";
    }

    @Override
    public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
        LoopHead head = LoopHead.parse(tag.getHelpers());
        List<Object> items = new ArrayList<>();
        for (Object item : Values.items(interpreter.resolveELExpression(head.items(), tag.getLineNumber()), "for")) {
            if (isWanted(head, item, tag, interpreter)) {
                items.add(item);
            }
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < items.size(); i++) {
            try (InterpreterScopeClosable _ = interpreter.enterScope()) {
                bind(head.names(), items.get(i), interpreter);
                interpreter.getContext().put(LOOP, loop(items, i));
                body(tag, false).forEach(node -> out.append(node.render(interpreter)));
            }
        }
        if (items.isEmpty()) {
            body(tag, true).forEach(node -> out.append(node.render(interpreter)));
        }
        return out.toString();
    }

    private static boolean isWanted(LoopHead head, Object item, TagNode tag, JinjavaInterpreter interpreter) {
        if (head.condition() == null) {
            return true;
        }
        try (InterpreterScopeClosable _ = interpreter.enterScope()) {
            bind(head.names(), item, interpreter);
            return Values.truth(interpreter.resolveELExpression(head.condition(), tag.getLineNumber()));
        }
    }

    private static void bind(List<String> names, Object item, JinjavaInterpreter interpreter) {
        if (names.size() == 1) {
            interpreter.getContext().put(names.getFirst(), item);
            return;
        }
        List<Object> parts = Values.items(item, "for");
        if (parts.size() != names.size()) {
            throw new TemplateFault("%d names for %d values in for", names.size(), parts.size());
        }
        for (int i = 0; i < parts.size(); i++) {
            interpreter.getContext().put(names.get(i), parts.get(i));
        }
    }

    private static Map<String, Object> loop(List<Object> items, int index) {
        long size = items.size();
        Map<String, Object> loop = new HashMap<>();
        loop.put("index", index + 1L);
        loop.put("index0", (long) index);
        loop.put("revindex", size - index);
        loop.put("revindex0", size - index - 1);
        loop.put("first", index == 0);
        loop.put("last", index == size - 1);
        loop.put("length", size);
        if (index > 0) {
            loop.put("previtem", items.get(index - 1));
        }
        if (index < size - 1) {
            loop.put("nextitem", items.get(index + 1));
        }
        return loop;
    }

    /** What is rendered every turn, or after {@code else}. */
    private static List<Node> body(TagNode tag, boolean otherwise) {
        List<Node> body = new ArrayList<>();
        boolean afterElse = false;
        for (Node node : tag.getChildren()) {
            if (node instanceof TagNode child && child.getName().equals(ElseTag.TAG_NAME)) {
                afterElse = true;
            } else if (afterElse == otherwise) {
                body.add(node);
            }
        }
        return body;
    }
}
