package io.veilora.client.crypto;

/** Tokens of an activation matrix that travel as one message: {@code count} rows from {@code first} on. */
public record TokenRange(int first, int count) {}
