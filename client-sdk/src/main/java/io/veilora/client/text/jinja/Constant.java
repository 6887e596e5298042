package io.veilora.client.text.jinja;

/** A value written out in the template. */
record Constant(Object value) implements Term {}
