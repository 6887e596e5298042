package io.veilora.client.lora;

/**
 * The base model that an adapter was trained on.
 *
 * @param name what the base model is called where it was opened: a provider, a folder and Hugging Face call one model
 *     differently, so a name decides nothing
 * @param digest the {@link io.veilora.protocol.model.ModelDigest}, which does: it covers configuration and weights, so all
 *     imports of a model have it, in every epoch, and its folder too; null for an adapter that does not say it
 */
public record TrainedOn(String name, String digest) {}
