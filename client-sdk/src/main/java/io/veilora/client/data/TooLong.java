package io.veilora.client.data;

/** What happens to a record longer than the context. */
public enum TooLong {
    /** An error with its line. */
    FAIL,
    /** Its end is left out; without anything to learn in what remains it is skipped. */
    CUT,
    /** It is left out. */
    SKIP
}
