package io.veilora.client.data;

/** One record of training data as its file has it. */
public sealed interface Example permits DataRecord, ChatRecord, TextRecord {
    /** Where it begins in its file, from 1: a line; of a mail folder the message. */
    int line();
}
