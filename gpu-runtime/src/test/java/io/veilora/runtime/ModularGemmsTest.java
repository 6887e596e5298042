package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ModularGemmsTest {
    @Test
    void the_vector_engine_is_chosen_where_the_vector_api_is() {
        EngineChoice choice = ModularGemms.best();
        try (ModularGemm engine = choice.engine()) {
            assertThat(engine).isInstanceOf(VectorGemm.class);
            assertThat(choice.reason()).isEqualTo(engine.name()).startsWith("vector (double FMA, ");
        }
    }

    @Test
    void without_the_vector_api_the_reason_names_the_flag_to_add() {
        EngineChoice choice = ModularGemms.choose(false);
        assertThat(choice.engine()).isInstanceOf(ScalarGemm.class);
        assertThat(choice.reason())
                .contains("--add-modules jdk.incubator.vector")
                .doesNotContain("\n");
    }
}
