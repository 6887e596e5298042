package io.veilora.functions.broker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/**
 * A topic as it has to be.
 *
 * @param replication copies of every partition, or -1 for the broker's default
 */
record TopicPlan(String name, int partitions, short replication, Duration retention, int maxMessageBytes) {
    private static final short BROKER_DEFAULT = -1;

    /** @param steps names of the topics of steps */
    static List<TopicPlan> of(TopicsConfig config, List<String> steps) {
        short replication = config.replication().orElse(BROKER_DEFAULT);
        int bytes = config.maxMessageBytes();
        List<TopicPlan> plans = new ArrayList<>();
        for (String topic : steps) {
            plans.add(new TopicPlan(topic, config.stepsPartitions(), replication, config.retention(), bytes));
        }
        plans.add(new TopicPlan(Topics.RESULTS, 1, replication, config.retention(), bytes));
        // Twice the size: a letter is the event and the reason.
        plans.add(new TopicPlan(Topics.DEAD_LETTERS, 1, replication, config.deadLetterRetention(), 2 * bytes));
        return plans;
    }

    NewTopic toNewTopic() {
        String millis = Long.toString(retention.toMillis());
        return new NewTopic(name, partitions, replication)
                .configs(Map.of(
                        TopicConfig.RETENTION_MS_CONFIG,
                        millis,
                        TopicConfig.SEGMENT_MS_CONFIG,
                        millis,
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        Integer.toString(maxMessageBytes),
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_DELETE));
    }

    /** Why a topic that is there will not do, or empty. More than planned is as good. */
    Optional<String> fault(int itsPartitions, Config its) {
        if (itsPartitions < partitions) {
            return Optional.of("partitions: got %d, expected at least %d".formatted(itsPartitions, partitions));
        }
        String policy = value(its, TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
        if (!policy.equals(TopicConfig.CLEANUP_POLICY_DELETE)) {
            return Optional.of("cleanup.policy: got %s, expected delete (steps share record keys)".formatted(policy));
        }
        long kept = Long.parseLong(value(its, TopicConfig.RETENTION_MS_CONFIG, "-1"));
        if (kept >= 0 && kept < retention.toMillis()) {
            return Optional.of("retention.ms: got %d, expected at least %d".formatted(kept, retention.toMillis()));
        }
        long bytes =
                Long.parseLong(value(its, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(Integer.MAX_VALUE)));
        return bytes < maxMessageBytes
                ? Optional.of("max.message.bytes: got %d, expected at least %d".formatted(bytes, maxMessageBytes))
                : Optional.empty();
    }

    private static String value(Config config, String name, String absent) {
        ConfigEntry entry = config.get(name);
        return entry == null ? absent : entry.value();
    }
}
