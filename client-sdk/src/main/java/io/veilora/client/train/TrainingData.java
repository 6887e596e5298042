package io.veilora.client.train;

import io.veilora.client.data.Dataset;

/**
 * What to train on and what to measure on.
 *
 * @param heldOut never trained on; null for none
 */
public record TrainingData(Dataset training, Dataset heldOut) {}
