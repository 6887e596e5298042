package io.veilora.client.text.jinja;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.IfTag;
import com.hubspot.jinjava.tree.TagNode;

/** {@code {% if %}} with Python's truth: the string {@code false} is true. */
final class ConditionTag extends IfTag {
    @Override
    public boolean isPositiveIfElseNode(TagNode tag, JinjavaInterpreter interpreter) {
        return Values.truth(
                interpreter.resolveELExpression(tag.getHelpers(), tag.getLineNumber(), tag.getStartPosition()));
    }
}
