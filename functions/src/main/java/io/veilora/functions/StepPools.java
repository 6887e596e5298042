package io.veilora.functions;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithParentName;
import io.veilora.functions.broker.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which models have step functions of their own: {@code veilora.pools.<name>.models}, the same for every process of a
 * cluster. A pool is a topic and a consumer group, so that machines of one kind serve the models that fit them. Models of
 * no pool share the default one.
 */
@ConfigMapping(prefix = "veilora.pools")
public interface StepPools {
    /** The pools by name. */
    @WithParentName
    Map<String, Pool> byName();

    interface Pool {
        /** Names of the models whose steps go there. */
        Set<String> models();
    }

    /** The topic of a model's steps. */
    default String topic(String model) {
        return byName().entrySet().stream()
                .filter(pool -> pool.getValue().models().contains(model))
                .findFirst()
                .map(pool -> Topics.steps(pool.getKey()))
                .orElse(Topics.STEPS);
    }

    /** Every topic of steps, the default one first. */
    default List<String> topics() {
        List<String> topics = new ArrayList<>(List.of(Topics.STEPS));
        byName().keySet().stream().sorted().map(Topics::steps).forEach(topics::add);
        return topics;
    }
}
