package io.veilora.runtime;

/**
 * The engine that this machine gets, and why.
 *
 * @param engine the caller closes it
 * @param reason one line for the start-up log; when a faster engine was passed over, it names the remedy
 */
public record EngineChoice(ModularGemm engine, String reason) {}
