package io.veilora.client.text.jinja;

import java.util.function.BinaryOperator;
import jinjava.de.odysseus.el.tree.impl.Builder;
import jinjava.de.odysseus.el.tree.impl.Parser;
import jinjava.de.odysseus.el.tree.impl.Scanner;
import jinjava.de.odysseus.el.tree.impl.Scanner.Symbol;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;

/**
 * The expressions of a template with the grammar and the meaning of Jinja2 (its {@code parser.py}), instead of Jinjava's
 * own, which differ from them without a word: {@code not a == b}, {@code 'false'} as a condition, {@code a and b},
 * {@code '5' == 5}, undefined values in a sum, unknown filters. What is not here is refused by name.
 */
final class PythonParser extends OperandParser {
    PythonParser(Builder context, String input) {
        super(context, input);
    }

    @Override
    protected AstNode expr(boolean required) throws Scanner.ScanException, ParseException {
        return new PythonNode(conditional());
    }

    @Override
    Term conditional() throws Scanner.ScanException, ParseException {
        Term value = disjunction();
        while (is("if")) {
            consumeToken();
            Term then = value;
            Term condition = disjunction();
            Term otherwise = () -> null;
            if (is("else")) {
                consumeToken();
                otherwise = conditional();
            }
            Term other = otherwise;
            value = () -> Values.truth(condition.value()) ? then.value() : other.value();
        }
        return value;
    }

    private Term disjunction() throws Scanner.ScanException, ParseException {
        Term left = conjunction();
        while (at(Symbol.OR)) {
            consumeToken();
            Term first = left;
            Term second = conjunction();
            left = () -> {
                Object value = first.value();
                return Values.truth(value) ? value : second.value();
            };
        }
        return left;
    }

    private Term conjunction() throws Scanner.ScanException, ParseException {
        Term left = negation();
        while (at(Symbol.AND)) {
            consumeToken();
            Term first = left;
            Term second = negation();
            left = () -> {
                Object value = first.value();
                return Values.truth(value) ? second.value() : value;
            };
        }
        return left;
    }

    private Term negation() throws Scanner.ScanException, ParseException {
        if (is("not")) {
            consumeToken();
            Term value = negation();
            return () -> !Values.truth(value.value());
        }
        return comparison();
    }

    private Term comparison() throws Scanner.ScanException, ParseException {
        Term left = sum();
        BinaryOperator<Object> operator = comparisonOperator();
        if (operator == null) {
            return left;
        }
        Term right = sum();
        if (comparisonOperator() != null) {
            throw TemplateFault.unsupported("a chain of comparisons");
        }
        return () -> operator.apply(left.value(), right.value());
    }

    /** Reads a comparison's operator; null where there is none. */
    private BinaryOperator<Object> comparisonOperator() throws Scanner.ScanException, ParseException {
        boolean notIn = is("not") && "in".equals(lookahead(0).getImage());
        if (notIn) {
            consumeToken();
        }
        BinaryOperator<Object> operator =
                switch (image()) {
                    case "==" -> Values::equal;
                    case "!=" -> (a, b) -> !Values.equal(a, b);
                    case "<" -> (a, b) -> Values.compare(a, b) < 0;
                    case "<=" -> (a, b) -> Values.compare(a, b) <= 0;
                    case ">" -> (a, b) -> Values.compare(a, b) > 0;
                    case ">=" -> (a, b) -> Values.compare(a, b) >= 0;
                    case "in" -> (a, b) -> Values.contains(b, a) != notIn;
                    default -> null;
                };
        if (operator != null) {
            consumeToken();
        }
        return operator;
    }

    private Term sum() throws Scanner.ScanException, ParseException {
        Term left = concatenation();
        while (is("+") || is("-")) {
            boolean plus = "+".equals(consumeToken().getImage());
            Term first = left;
            Term second = concatenation();
            left = plus
                    ? () -> Values.add(first.value(), second.value())
                    : () -> Math.subtractExact(Values.integer(first.value(), "-"), Values.integer(second.value(), "-"));
        }
        return left;
    }

    private Term concatenation() throws Scanner.ScanException, ParseException {
        Term left = product();
        while (is("~")) {
            consumeToken();
            Term first = left;
            Term second = product();
            left = () -> Values.text(first.value()) + Values.text(second.value());
        }
        return left;
    }

    private Term product() throws Scanner.ScanException, ParseException {
        Term left = signed();
        while (is("*") || is("%") || is("//") || is("/") || is("**")) {
            String operator = consumeToken().getImage();
            Term first = left;
            Term second = signed();
            left = () -> multiplied(
                    operator, Values.integer(first.value(), operator), Values.integer(second.value(), operator));
        }
        return left;
    }

    private static long multiplied(String operator, long a, long b) {
        if (b == 0 && !"*".equals(operator)) {
            throw new TemplateFault("a division by zero");
        }
        return switch (operator) {
            case "*" -> Math.multiplyExact(a, b);
            case "%" -> Math.floorMod(a, b);
            case "//" -> Math.floorDiv(a, b);
            default -> throw TemplateFault.unsupported("the operator " + operator);
        };
    }

    private Term signed() throws Scanner.ScanException, ParseException {
        if (is("-")) {
            consumeToken();
            Term value = postfixed();
            return filtered(() -> Math.negateExact(Values.integer(value.value(), "-")));
        }
        return filtered(postfixed());
    }

    private Term filtered(Term value) throws Scanner.ScanException, ParseException {
        Term left = value;
        while (is("|") || is("is")) {
            left = "|".equals(consumeToken().getImage()) ? filter(left) : test(left);
        }
        return left;
    }

    private Term filter(Term value) throws Scanner.ScanException, ParseException {
        String name = consumeToken(Symbol.IDENTIFIER).getImage();
        if (!Filters.has(name)) {
            throw TemplateFault.unsupported("the filter " + name);
        }
        CallArguments arguments = at(Symbol.LPAREN) ? arguments() : CallArguments.NONE;
        return () -> Filters.apply(name, value.value(), arguments.values());
    }

    private Term test(Term value) throws Scanner.ScanException, ParseException {
        boolean negated = is("not");
        if (negated) {
            consumeToken();
        }
        String name = consumeToken().getImage();
        if (!Tests.has(name)) {
            throw TemplateFault.unsupported("the test " + name);
        }
        CallArguments arguments = CallArguments.NONE;
        if (at(Symbol.LPAREN)) {
            arguments = arguments();
        } else if (Tests.takesArgument(name)) {
            arguments = CallArguments.of(postfixed());
        }
        CallArguments given = arguments;
        return () -> Tests.holds(name, value.value(), given.values().positional()) != negated;
    }

    /** Makes Jinjava read expressions with this parser. */
    static final class Syntax extends Builder {
        Syntax() {
            super(Feature.METHOD_INVOCATIONS);
        }

        @Override
        protected Parser createParser(String expression) {
            return new PythonParser(this, expression);
        }
    }
}
