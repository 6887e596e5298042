package io.veilora.client.text.jinja;

import jinjava.de.odysseus.el.tree.Bindings;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstRightValue;
import jinjava.javax.el.ELContext;

/** A whole expression in Jinjava's syntax tree. */
final class PythonNode extends AstRightValue {
    private final Term term;

    PythonNode(Term term) {
        this.term = term;
    }

    @Override
    public Object eval(Bindings bindings, ELContext context) {
        return term.value();
    }

    @Override
    public void appendStructure(StringBuilder builder, Bindings bindings) {
        builder.append("expression");
    }

    @Override
    public int getCardinality() {
        return 0;
    }

    @Override
    public AstNode getChild(int i) {
        return null;
    }
}
