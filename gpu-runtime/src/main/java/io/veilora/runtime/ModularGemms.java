package io.veilora.runtime;

/** Chooses an engine. A new engine is one class beside {@link NativeGemm} and one line here. */
public final class ModularGemms {
    static final String VECTOR_MODULE = "jdk.incubator.vector";

    private ModularGemms() {}

    /** The fastest engine that works here. */
    public static EngineChoice best() {
        int threads = Runtime.getRuntime().availableProcessors();
        return choose(
                () -> NativeGemm.open(threads),
                ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent());
    }

    /** @param vectorModule whether the JVM was started with the Vector API; without it, VectorGemm cannot be loaded */
    static EngineChoice choose(Opener nativeEngine, boolean vectorModule) {
        try {
            ModularGemm engine = nativeEngine.open();
            return new EngineChoice(engine, engine.name());
        } catch (EngineUnavailableException e) {
            EngineChoice other = inJava(vectorModule);
            return new EngineChoice(other.engine(), other.reason() + "; not native: " + e.getMessage());
        }
    }

    private static EngineChoice inJava(boolean vectorModule) {
        if (!vectorModule) {
            return new EngineChoice(
                    new ScalarGemm(),
                    "scalar, one thread and some 25 times slower a core: the Vector API is missing; start java with --add-modules "
                            + VECTOR_MODULE);
        }
        ModularGemm engine = new VectorGemm();
        return new EngineChoice(engine, engine.name());
    }

    /** Starts an engine that needs more than Java. */
    interface Opener {
        ModularGemm open() throws EngineUnavailableException;
    }
}
