package io.veilora.client.text.jinja;

/** A parsed expression; names are looked up in the scope of the interpreter that runs on this thread. */
@FunctionalInterface
interface Term {
    /** The value: null is Jinja's undefined, {@link Values#NONE} is None. */
    Object value();
}
