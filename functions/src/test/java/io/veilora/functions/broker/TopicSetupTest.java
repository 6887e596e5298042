package io.veilora.functions.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The topics on a real broker: made when they are missing, looked at when they are there. */
class TopicSetupTest {
    @TempDir
    static Path folder;

    private static EmbeddedBroker broker;
    private static Admin admin;

    @BeforeAll
    static void start() throws Exception {
        broker = EmbeddedBroker.start(new BrokerSettings(folder, 0));
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        broker.close();
    }

    /** Until the broker, which hears of it from the controller, knows none. */
    @AfterEach
    void deleteTopics() throws Exception {
        Set<String> names = admin.listTopics().names().get();
        while (!names.isEmpty()) {
            for (KafkaFuture<Void> deleted :
                    admin.deleteTopics(names).topicNameValues().values()) {
                try {
                    deleted.get();
                } catch (ExecutionException e) {
                    assertThat(e).hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
                }
            }
            Thread.sleep(20);
            names = admin.listTopics().names().get();
        }
    }

    private final TopicSetup setup = new TopicSetup(admin, "here");

    @Test
    void topicsAreMadeAsConfiguredOnceAndThenWillDo() throws Exception {
        List<TopicPlan> plans =
                TestTopics.plans(Map.of("steps-partitions", "3", "retention", "90m", "max-message-bytes", "20000"));
        assertThat(setup.create(plans)).isEmpty();
        assertThat(setup.create(plans)).isEqualTo(plans);
        assertThatCode(() -> setup.check(plans)).doesNotThrowAnyException();
        assertThat(partitions(Topics.STEPS)).isEqualTo(3);
        assertThat(setting(Topics.STEPS, "retention.ms")).isEqualTo("5400000");
        assertThat(setting(Topics.STEPS, "max.message.bytes")).isEqualTo("20000");
        assertThat(setting(Topics.DEAD_LETTERS, "max.message.bytes")).isEqualTo("40000");
        assertThat(setting(Topics.DEAD_LETTERS, "retention.ms")).isEqualTo("604800000");
    }

    @Test
    void moreThanIsAskedForWillDo() throws Exception {
        there(Topics.STEPS, 12, Map.of("retention.ms", "-1"));
        List<TopicPlan> there = setup.create(TestTopics.plans(Map.of()));
        assertThat(there).extracting(TopicPlan::name).containsExactly(Topics.STEPS);
        assertThatCode(() -> setup.check(there)).doesNotThrowAnyException();
    }

    @Test
    void aTopicThatWillNotDoIsNamedWithWhatIsWrong() throws Exception {
        List<TopicPlan> plans = TestTopics.plans(Map.of());
        refuses(plans, 2, Map.of(), "partitions: got 2, expected at least 8");
        refuses(plans, 8, Map.of("cleanup.policy", "compact"), "cleanup.policy: got compact");
        refuses(plans, 8, Map.of("retention.ms", "1000"), "retention.ms: got 1000, expected at least 3600000");
        refuses(plans, 8, Map.of("max.message.bytes", "1000"), "max.message.bytes: got 1000, expected at least 65536");
    }

    private void refuses(List<TopicPlan> plans, int partitions, Map<String, String> configs, String reason)
            throws Exception {
        there(Topics.STEPS, partitions, configs);
        List<TopicPlan> existing = setup.create(plans);
        assertThatThrownBy(() -> setup.check(existing))
                .isInstanceOfSatisfying(
                        PermanentException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(ProblemCode.INVALID_INPUT))
                .hasMessageContaining("topic veilora.steps: " + reason)
                .hasMessageContaining("veilora.topics");
        deleteTopics();
    }

    @Test
    void aMissingTopicThatWeMayNotMakeIsNamed() {
        assertThatThrownBy(() -> setup.check(TestTopics.plans(Map.of())))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("topic veilora.steps is missing");
    }

    @Test
    void moreCopiesThanBrokersAreRefusedWithTheBrokersReason() {
        assertThatThrownBy(() -> setup.create(TestTopics.plans(Map.of("replication", "3"))))
                .isInstanceOf(PermanentException.class)
                .hasMessageContaining("veilora.steps cannot be created")
                .hasMessageContaining("replication factor");
    }

    private static void there(String name, int partitions, Map<String, String> configs) throws Exception {
        admin.createTopics(List.of(new NewTopic(name, Optional.of(partitions), Optional.empty()).configs(configs)))
                .all()
                .get();
    }

    private static int partitions(String topic) throws ExecutionException, InterruptedException {
        return admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get()
                .get(topic)
                .partitions()
                .size();
    }

    private static String setting(String topic, String name) throws ExecutionException, InterruptedException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        return admin.describeConfigs(List.of(resource))
                .all()
                .get()
                .get(resource)
                .get(name)
                .value();
    }
}
