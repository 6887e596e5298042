package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ModularGemmsTest {
    private static final ModularGemms.Opener NO_LIBRARY = () -> {
        throw new EngineUnavailableException("its library is for linux-x86_64, this is mac-aarch64");
    };

    @Test
    void the_reason_is_one_line_with_the_engines_name_and_what_became_of_faster_ones() {
        EngineChoice choice = ModularGemms.best();
        try (ModularGemm engine = choice.engine()) {
            assertThat(choice.reason()).startsWith(engine.name()).doesNotContain("\n");
            if (!(engine instanceof CudaGemm)) {
                assertThat(choice.reason()).contains("; no CUDA: ");
            }
            if (engine instanceof VectorGemm) {
                assertThat(choice.reason()).contains("; not native: ");
            }
        }
    }

    @Test
    void nobody_asks_for_the_vector_api_while_the_library_is_there() throws Exception {
        ModularGemm library = new ScalarGemm();
        EngineChoice choice = ModularGemms.choose(() -> library, () -> {
            throw new AssertionError("adding the module takes a server's first step 50 ms");
        });
        assertThat(choice.engine()).isSameAs(library);
    }

    @Test
    void without_its_library_the_vector_engine_takes_over_and_says_why() {
        EngineChoice choice = ModularGemms.choose(NO_LIBRARY, () -> true);
        try (ModularGemm engine = choice.engine()) {
            assertThat(engine).isInstanceOf(VectorGemm.class);
            assertThat(choice.reason())
                    .isEqualTo(engine.name() + "; not native: its library is for linux-x86_64, this is mac-aarch64")
                    .doesNotContain("\n");
        }
    }

    @Test
    void without_the_vector_api_too_the_reason_names_the_flag_to_add() {
        EngineChoice choice = ModularGemms.choose(NO_LIBRARY, () -> false);
        assertThat(choice.engine()).isInstanceOf(ScalarGemm.class);
        assertThat(choice.reason())
                .contains("--add-modules jdk.incubator.vector")
                .doesNotContain("\n");
    }
}
