package io.veilora.client.text.jinja;

import jinjava.javax.el.ELException;

/** Why a template cannot be rendered; its message quotes the template, never a message of the chat. */
final class TemplateFault extends ELException {
    TemplateFault(String format, Object... arguments) {
        super(String.format(format, arguments));
    }

    static TemplateFault unsupported(String construct) {
        return new TemplateFault("%s is not supported", construct);
    }
}
