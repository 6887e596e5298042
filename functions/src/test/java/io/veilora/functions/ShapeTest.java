package io.veilora.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.veilora.protocol.problem.PermanentException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The shape by configuration only: what it sets for Quarkus, and which shapes are refused. */
class ShapeTest {
    private static final String STEPS = "mp.messaging.incoming.steps.";
    private static final String RESULTS = "mp.messaging.incoming.results.";

    @Test
    void aServerThatNobodyConfiguredTakesStepsAndHearsResultsAndHasAFileForALedger() {
        SmallRyeConfig config = config();
        assertThat(value(config, STEPS + "enabled")).isNull();
        assertThat(value(config, RESULTS + "enabled")).isNull();
        assertThat(value(config, STEPS + "topic")).isEqualTo("veilora.steps");
        assertThat(value(config, STEPS + "group.id")).isEqualTo("veilora-step-function");
        assertThat(value(config, "quarkus.datasource.h2.active")).isEqualTo("true");
        assertThat(value(config, "quarkus.datasource.postgresql.active")).isEqualTo("false");
        assertThatCode(() -> check(config)).doesNotThrowAnyException();
    }

    @Test
    void aGatewayTakesNoStepsAndAFunctionHearsNoResults() {
        assertThat(value(config("veilora.role=gateway"), STEPS + "enabled")).isEqualTo("false");
        assertThat(value(config("veilora.role=gateway"), RESULTS + "enabled")).isNull();
        assertThat(value(config("veilora.role=function"), STEPS + "enabled")).isNull();
        assertThat(value(config("veilora.role=function"), RESULTS + "enabled")).isEqualTo("false");
    }

    @Test
    void replicasHaveNoNameUnlessTheyAreGivenOne() {
        assertThat(value(config(), STEPS + "group.instance.id")).isNull();
        assertThat(value(config("veilora.steps.instance=f-3"), STEPS + "group.instance.id"))
                .isEqualTo("f-3");
    }

    @Test
    void poolsCanBeNamedInTheEnvironment() {
        StepPools pools = new SmallRyeConfigBuilder()
                .withMapping(StepPools.class)
                .withSources(new EnvConfigSource(Map.of("VEILORA_POOLS_LARGE_MODELS", "llama-70b,llama-8b"), 300))
                .build()
                .getConfigMapping(StepPools.class);
        assertThat(pools.topic("llama-8b")).isEqualTo("veilora.steps.pool.large");
    }

    @Test
    void theDatabaseThatIsAskedForIsTheOnlyOneThatIsOpened() {
        SmallRyeConfig config = config("veilora.database=postgresql");
        assertThat(value(config, "quarkus.datasource.h2.active")).isEqualTo("false");
        assertThat(value(config, "quarkus.datasource.postgresql.active")).isEqualTo("true");
    }

    @Test
    void aModelsStepsGoToItsPoolsTopicWhichTheFunctionsOfThePoolTake() {
        SmallRyeConfig config = config(
                "veilora.role=function",
                "veilora.broker=external",
                "veilora.database=postgresql",
                "veilora.pools.large.models=llama-8b,llama-70b",
                "veilora.pools.small.models=smol",
                "veilora.steps.pool=large");
        StepPools pools = config.getConfigMapping(StepPools.class);
        assertThat(pools.topic("llama-70b"))
                .isEqualTo("veilora.steps.pool.large")
                .isEqualTo(value(config, STEPS + "topic"));
        assertThat(pools.topic("smol")).isEqualTo("veilora.steps.pool.small");
        assertThat(pools.topic("another")).isEqualTo("veilora.steps");
        assertThat(pools.topics())
                .containsExactly("veilora.steps", "veilora.steps.pool.large", "veilora.steps.pool.small");
        assertThat(value(config, STEPS + "group.id")).isEqualTo("veilora-step-function-large");
        assertThatCode(() -> check(config)).doesNotThrowAnyException();
    }

    @Test
    void shapesWhosePartsWouldNotFindEachOtherAreRefusedByTheNameOfTheSetting() {
        refused("veilora.broker", "veilora.role=gateway", "veilora.database=postgresql");
        refused("veilora.database", "veilora.role=function", "veilora.broker=external");
        refused("veilora.pools", "veilora.pools.large.models=llama-8b");
        refused(
                "veilora.steps.pool",
                "veilora.role=function",
                "veilora.broker=external",
                "veilora.database=postgresql",
                "veilora.steps.pool=large");
    }

    private static void refused(String setting, String... settings) {
        assertThatThrownBy(() -> check(config(settings)))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining(setting + ": got");
    }

    private static void check(SmallRyeConfig config) {
        ShapeCheck.require(config.getConfigMapping(ProviderConfig.class), config.getConfigMapping(StepPools.class));
    }

    private static String value(SmallRyeConfig config, String name) {
        return config.getConfigValue(name).getValue();
    }

    private static SmallRyeConfig config(String... settings) {
        Map<String, String> given = new HashMap<>(Map.of("veilora.data", "/data"));
        Arrays.stream(settings).map(line -> line.split("=", 2)).forEach(line -> given.put(line[0], line[1]));
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(ProviderConfig.class)
                .withMapping(StepPools.class)
                .withSources(new PropertiesConfigSource(given, "test", 300))
                .withSources(new ShapeSettings())
                .build();
    }
}
