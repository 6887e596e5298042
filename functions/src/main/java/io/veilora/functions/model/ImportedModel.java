package io.veilora.functions.model;

import io.veilora.protocol.model.ModelManifest;

/** @param unchanged whether this very model was there already, so that nothing was written */
public record ImportedModel(ModelManifest manifest, boolean unchanged) {}
