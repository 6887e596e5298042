package io.veilora.client.data;

/**
 * What was read.
 *
 * @param examples in the source, those cut or skipped included
 * @param cut records whose end was left out as too long
 * @param skipped records left out as too long
 * @param mailLeftOut mails without anything to learn, not among the examples
 */
public record ReadData(Dataset dataset, int examples, int cut, int skipped, int mailLeftOut) {}
