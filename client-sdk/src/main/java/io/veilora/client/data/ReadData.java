package io.veilora.client.data;

/**
 * What was read.
 *
 * @param examples in the source, those left out included
 * @param cut records whose end was left out as too long
 * @param skipped records left out as too long
 */
public record ReadData(Dataset dataset, int examples, int cut, int skipped) {}
