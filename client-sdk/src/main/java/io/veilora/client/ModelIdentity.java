package io.veilora.client;

import io.veilora.client.lora.TrainedOn;
import io.veilora.protocol.model.HuggingFaceFolder;
import io.veilora.protocol.model.ModelDigest;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;

/** Which model it is, at a provider or in a folder: a name, and digests that are made when they are first asked for. */
final class ModelIdentity {
    private interface Maker {
        String make() throws IOException;
    }

    private static final class Digest {
        private final Maker maker;
        private String made;

        Digest(Maker maker) {
            this.maker = maker;
        }

        synchronized String get() throws IOException {
            if (made == null) {
                made = maker.make();
            }
            return made;
        }
    }

    private final String name;
    private final Digest model;
    private final Digest client;

    private ModelIdentity(String name, Maker model, Maker client) {
        this.name = name;
        this.model = new Digest(model);
        this.client = new Digest(client);
    }

    static ModelIdentity of(ModelManifest manifest) {
        return new ModelIdentity(manifest.model(), manifest::modelDigest, manifest::clientDigest);
    }

    /** @param folder open as long as this is used; its digests take seconds for a model of a billion weights */
    static ModelIdentity of(HuggingFaceFolder folder) {
        return new ModelIdentity(folder.folder().toString(), () -> ModelDigest.of(folder), () -> folder.tensors()
                .fingerprint());
    }

    String name() {
        return name;
    }

    TrainedOn trainedOn() throws IOException {
        return new TrainedOn(name, model.get());
    }

    /** {@link ModelManifest#clientDigest}; of a folder, the digest of all tensors. */
    String clientDigest() throws IOException {
        return client.get();
    }

    /**
     * @param stated by the adapter in {@code file}
     * @throws PermanentException INVALID_INPUT if it is another model
     */
    void requireSame(TrainedOn stated, Path file) throws IOException {
        String here = model.get();
        if (!stated.digest().equals(here)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "%s: the adapter was trained on base model '%s' (digest %.12s), this one is '%s' (digest %.12s)",
                            file, stated.name(), stated.digest(), name, here)
                    .remedy("use the base model that the adapter was trained on; 'veilora models' shows the digests of"
                            + " a provider's models"));
        }
    }
}
