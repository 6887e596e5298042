package io.veilora.client.text.jinja;

import com.hubspot.jinjava.el.ext.ExtendedParser;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jinjava.de.odysseus.el.tree.impl.Builder;
import jinjava.de.odysseus.el.tree.impl.Scanner;
import jinjava.de.odysseus.el.tree.impl.Scanner.Symbol;

/** What an operator or a filter works on: literals, names, calls, members, items and slices, and parentheses. */
abstract class OperandParser extends ExtendedParser {
    OperandParser(Builder context, String input) {
        super(context, input);
    }

    /** A whole expression, as it may stand in brackets. */
    abstract Term conditional() throws Scanner.ScanException, ParseException;

    final Term postfixed() throws Scanner.ScanException, ParseException {
        Term value = primary();
        while (true) {
            if (at(Symbol.DOT)) {
                consumeToken();
                value = member(value, consumeToken().getImage());
            } else if (at(Symbol.LBRACK)) {
                consumeToken();
                value = subscript(value);
            } else if (at(Symbol.LPAREN)) {
                throw TemplateFault.unsupported("calling a value");
            } else {
                return value;
            }
        }
    }

    private Term member(Term base, String name) throws Scanner.ScanException, ParseException {
        if (!at(Symbol.LPAREN)) {
            return () -> Items.attribute(base.value(), name);
        }
        if (!Methods.ofString(name) && !Methods.ofDict(name)) {
            throw TemplateFault.unsupported("the method " + name);
        }
        CallArguments arguments = arguments();
        return () -> Methods.call(base.value(), name, arguments.values().onlyPositional(name));
    }

    private Term subscript(Term base) throws Scanner.ScanException, ParseException {
        Term first = at(Symbol.COLON) ? null : conditional();
        if (at(Symbol.RBRACK)) {
            consumeToken();
            return () -> Items.item(base.value(), first.value());
        }
        consumeToken(Symbol.COLON);
        Term last = at(Symbol.COLON) || at(Symbol.RBRACK) ? null : conditional();
        Term step = null;
        if (at(Symbol.COLON)) {
            consumeToken();
            step = at(Symbol.RBRACK) ? null : conditional();
        }
        consumeToken(Symbol.RBRACK);
        Term by = step;
        return () -> Items.slice(base.value(), valueOf(first), valueOf(last), valueOf(by));
    }

    private static Object valueOf(Term bound) {
        Object value = bound == null ? null : bound.value();
        return value == Values.NONE ? null : value;
    }

    private Term primary() throws Scanner.ScanException, ParseException {
        Scanner.Token token = consumeToken();
        return switch (token.getSymbol()) {
            case STRING -> constant(joined(token.getImage()));
            case INTEGER -> constant(parseInteger(token.getImage()).longValue());
            case TRUE -> constant(true);
            case FALSE -> constant(false);
            case NULL -> constant(Values.NONE);
            case IDENTIFIER -> named(token.getImage());
            case LBRACK -> list(terms(Symbol.RBRACK));
            case LPAREN -> parenthesized();
            default -> {
                if ("{".equals(token.getImage())) {
                    yield dictionary();
                }
                throw TemplateFault.unsupported("'" + token.getImage() + "' here");
            }
        };
    }

    /** String literals in a row are one. */
    private String joined(String first) throws Scanner.ScanException, ParseException {
        StringBuilder text = new StringBuilder(first);
        while (at(Symbol.STRING)) {
            text.append(consumeToken().getImage());
        }
        return text.toString();
    }

    private Term named(String name) throws Scanner.ScanException, ParseException {
        if (at(Symbol.LPAREN)) {
            CallArguments arguments = arguments();
            return Functions.call(name, arguments);
        }
        return switch (name) {
            case "none", "None" -> constant(Values.NONE);
            case "True" -> constant(true);
            case "False" -> constant(false);
            default -> () -> JinjavaInterpreter.getCurrent().getContext().get(name);
        };
    }

    private Term parenthesized() throws Scanner.ScanException, ParseException {
        if (at(Symbol.RPAREN)) {
            consumeToken();
            return constant(List.of());
        }
        Term first = conditional();
        if (at(Symbol.RPAREN)) {
            consumeToken();
            return first;
        }
        consumeToken(Symbol.COMMA);
        List<Term> items = new ArrayList<>(List.of(first));
        items.addAll(terms(Symbol.RPAREN));
        return list(items);
    }

    private Term dictionary() throws Scanner.ScanException, ParseException {
        Map<Term, Term> fields = new LinkedHashMap<>();
        while (!is("}")) {
            Term key = conditional();
            consumeToken(Symbol.COLON);
            fields.put(key, conditional());
            if (!is("}")) {
                consumeToken(Symbol.COMMA);
            }
        }
        consumeToken();
        return () -> {
            Map<Object, Object> dict = new LinkedHashMap<>();
            fields.forEach((key, value) -> dict.put(key.value(), value.value()));
            return dict;
        };
    }

    private List<Term> terms(Symbol end) throws Scanner.ScanException, ParseException {
        List<Term> terms = new ArrayList<>();
        while (!at(end)) {
            terms.add(conditional());
            if (!at(end)) {
                consumeToken(Symbol.COMMA);
            }
        }
        consumeToken();
        return terms;
    }

    final CallArguments arguments() throws Scanner.ScanException, ParseException {
        consumeToken(Symbol.LPAREN);
        List<Term> positional = new ArrayList<>();
        Map<String, Term> named = new LinkedHashMap<>();
        while (!at(Symbol.RPAREN)) {
            if (at(Symbol.IDENTIFIER) && "=".equals(lookahead(0).getImage())) {
                String name = consumeToken().getImage();
                consumeToken();
                named.put(name, conditional());
            } else {
                positional.add(conditional());
            }
            if (!at(Symbol.RPAREN)) {
                consumeToken(Symbol.COMMA);
            }
        }
        consumeToken();
        return new CallArguments(positional, named);
    }

    private static Term list(List<Term> terms) {
        return () -> {
            List<Object> values = new ArrayList<>();
            terms.forEach(term -> values.add(term.value()));
            return values;
        };
    }

    private static Term constant(Object value) {
        return new Constant(value);
    }

    final boolean at(Symbol symbol) {
        return getToken().getSymbol() == symbol;
    }

    /** Whether the next token is this operator or word, and not a string with that text. */
    final boolean is(String image) {
        return image().equals(image);
    }

    final String image() {
        return at(Symbol.STRING) || getToken().getImage() == null
                ? ""
                : getToken().getImage();
    }
}
