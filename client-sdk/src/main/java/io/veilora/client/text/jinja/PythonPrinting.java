package io.veilora.client.text.jinja;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.InterpreterFactory;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.tree.output.RenderedOutputNode;
import com.hubspot.jinjava.tree.parse.ExpressionToken;

/** Interpreters that print values as Python's {@code str}. */
final class PythonPrinting implements InterpreterFactory {
    @Override
    public JinjavaInterpreter newInstance(JinjavaInterpreter original) {
        return new JinjavaInterpreter(original);
    }

    @Override
    public JinjavaInterpreter newInstance(Jinjava application, Context context, JinjavaConfig config) {
        context.setExpressionStrategy(PythonPrinting::print);
        return new JinjavaInterpreter(application, context, config);
    }

    private static RenderedOutputNode print(ExpressionToken token, JinjavaInterpreter interpreter) {
        Object value = interpreter.resolveELExpression(token.getExpr(), token.getLineNumber());
        try {
            return new RenderedOutputNode(Values.text(value));
        } catch (TemplateFault e) {
            throw new InterpretException(e.getMessage(), token.getLineNumber());
        }
    }
}
