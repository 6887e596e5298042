package io.veilora.functions.step;

import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;

/** A step whose event, claim, model and layer agree. Its bytes are not read yet. */
record CheckedStep(StepRequested event, ModelManifest model, RemoteLayer layer) {
    BlobName blob(Kind kind) {
        return new BlobName(event.tenant(), event.stepId(), kind);
    }

    int requestFeatures() {
        return layer.requestFeatures(event.direction());
    }

    int answerFeatures() {
        return layer.answerFeatures(event.direction());
    }

    long requestBytes() {
        return EncryptedTensor.wireBytes(AnswerBits.BITS_32, event.tokens(), requestFeatures());
    }

    long answerBytes() {
        return EncryptedTensor.wireBytes(event.answerBits(), event.tokens(), answerFeatures());
    }

    long multiplyAdds() {
        return (long) event.tokens() * layer.inputFeatures() * layer.outputFeatures();
    }
}
