package io.veilora.functions.broker;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;

/** Topics for tests that need a broker and no server. */
final class TestTopics {
    private TestTopics() {}

    /** What {@code settings}, without {@code veilora.topics.}, ask for. */
    static List<TopicPlan> plans(Map<String, String> settings) {
        TopicsConfig config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(TopicsConfig.class)
                .withSources(new PropertiesConfigSource(
                        settings.entrySet().stream()
                                .collect(Collectors.toMap(
                                        entry -> "veilora.topics." + entry.getKey(), Map.Entry::getValue)),
                        "test",
                        1))
                .build()
                .getConfigMapping(TopicsConfig.class);
        return TopicPlan.of(config, List.of(Topics.STEPS));
    }

    /** The topics of an unconfigured server. The caller closes the client. */
    static Admin create(EmbeddedBroker broker) {
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
        new TopicSetup(admin, broker.bootstrap()).create(plans(Map.of()));
        return admin;
    }
}
