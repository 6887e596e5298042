package io.veilora.runtime;

import static org.junit.jupiter.api.Assumptions.abort;

import java.util.stream.Stream;

/** An engine under test; one that this machine cannot run skips its tests and says why. */
record FastEngine(String name, Start start) {
    interface Start {
        ModularGemm open(int threads) throws EngineUnavailableException;
    }

    private interface LibrarySource {
        NativeLibrary library() throws EngineUnavailableException;
    }

    ModularGemm open(int threads) {
        try {
            return start.open(threads);
        } catch (EngineUnavailableException e) {
            return abort(name + ": " + e.getMessage());
        }
    }

    /** The vector engine, the committed library's kernels, and those of a library compiled afresh. */
    static Stream<FastEngine> all() {
        return Stream.of(
                        Stream.of(new FastEngine("vector", VectorGemm::new)),
                        kernels("committed", NativeLibrary::bundled),
                        kernels("compiled afresh", CompiledLibrary::open))
                .flatMap(engines -> engines);
    }

    private static Stream<FastEngine> kernels(String kind, LibrarySource source) {
        return Stream.of(NativeIsa.values())
                .map(isa -> new FastEngine(
                        isa.label() + " " + kind,
                        threads -> new NativeGemm(new NativeKernel(source.library(), isa), threads)));
    }

    @Override
    public String toString() {
        return name;
    }
}
