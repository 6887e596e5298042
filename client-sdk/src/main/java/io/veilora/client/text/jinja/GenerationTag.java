package io.veilora.client.text.jinja;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.TagNode;

/**
 * {@code {% generation %} … {% endgeneration %}}, Transformers' mark around what an assistant says. Rendered between
 * {@link #START} and {@link #END}, noncharacters of Unicode that no text holds.
 */
final class GenerationTag implements Tag {
    static final char START = '\uFDD0';
    static final char END = '\uFDD1';

    @Override
    public String getName() {
        return "generation";
    }

    @Override
    public String getEndTagName() {
        return "endgeneration";
    }

    @Override
    public String interpret(TagNode tag, JinjavaInterpreter interpreter) {
        StringBuilder out = new StringBuilder().append(START);
        tag.getChildren().forEach(node -> out.append(node.render(interpreter)));
        return out.append(END).toString();
    }
}
