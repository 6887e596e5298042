package io.veilora.runtime;

import io.veilora.protocol.vector.VectorApi;
import java.util.function.BooleanSupplier;

/** Chooses an engine. A new engine is one class beside {@link NativeGemm} and one line here. */
public final class ModularGemms {
    private static final String CUDA_SETTING = "VEILORA_CUDA";

    private ModularGemms() {}

    /**
     * The fastest engine that works here: a GPU's, else the processor's. The environment variable {@code VEILORA_CUDA}
     * chooses the GPU's kernel, {@code mma} or {@code wgmma}, or turns it {@code off}.
     */
    public static EngineChoice best() {
        CudaChoice cuda = CudaChoice.make(System.getenv(CUDA_SETTING));
        EngineChoice choice = cuda.engine()
                .map(engine -> new EngineChoice(engine, engine.name()))
                .orElseGet(ModularGemms::bestOfProcessor);
        return cuda.reason().isEmpty()
                ? choice
                : new EngineChoice(choice.engine(), choice.reason() + "; " + cuda.reason());
    }

    private static EngineChoice bestOfProcessor() {
        int threads = Runtime.getRuntime().availableProcessors();
        return choose(() -> NativeGemm.open(threads), VectorApi::isPresent);
    }

    /** @param vectorModule whether there is the Vector API, asked only if it is needed; without it, VectorGemm cannot be loaded */
    static EngineChoice choose(Opener nativeEngine, BooleanSupplier vectorModule) {
        try {
            ModularGemm engine = nativeEngine.open();
            return new EngineChoice(engine, engine.name());
        } catch (EngineUnavailableException e) {
            EngineChoice other = inJava(vectorModule.getAsBoolean());
            return new EngineChoice(other.engine(), other.reason() + "; not native: " + e.getMessage());
        }
    }

    private static EngineChoice inJava(boolean vectorModule) {
        if (!vectorModule) {
            return new EngineChoice(
                    new ScalarGemm(),
                    "scalar, one thread and some 25 times slower a core: the Vector API is missing; start java with --add-modules "
                            + VectorApi.MODULE);
        }
        ModularGemm engine = new VectorGemm();
        return new EngineChoice(engine, engine.name());
    }

    /** Starts an engine that needs more than Java. */
    interface Opener {
        ModularGemm open() throws EngineUnavailableException;
    }
}
