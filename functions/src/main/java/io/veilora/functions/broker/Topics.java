package io.veilora.functions.broker;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;

/** The topics of DESIGN §5. On a platform's Kafka they are the chart's business; here we create them. */
public final class Topics {
    /** Steps to compute, keyed by model, layer and direction. */
    public static final String STEPS = "veilora.steps";

    /** Steps that ended, keyed by step id. */
    public static final String RESULTS = "veilora.results";

    /** Events that could not be processed, as they came, with the reason in headers. */
    public static final String DEAD_LETTERS = "veilora.steps.dlq";

    /** The most step functions that can share the work. */
    private static final int STEP_PARTITIONS = 8;

    /** Steps older than their blobs are of no use. */
    private static final Duration RETENTION = Duration.ofHours(1);

    private static final Duration DEAD_LETTER_RETENTION = Duration.ofDays(7);
    private static final long RECONNECT_MILLIS = 20;

    private Topics() {}

    /** Creates the topics that are missing, as soon as the broker answers; those that exist stay as they are. */
    public static void create(String bootstrap) {
        List<NewTopic> topics = List.of(
                topic(STEPS, STEP_PARTITIONS, RETENTION),
                topic(RESULTS, 1, RETENTION),
                topic(DEAD_LETTERS, 1, DEAD_LETTER_RETENTION));
        Map<String, Object> settings = Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrap,
                AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG,
                RECONNECT_MILLIS,
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                RECONNECT_MILLIS);
        try (Admin admin = Admin.create(settings)) {
            for (var created : admin.createTopics(topics).values().values()) {
                try {
                    created.get(30, TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw new IllegalStateException("topics cannot be created", e.getCause());
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while topics were created", e);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the broker did not create its topics within 30 s", e);
        }
    }

    private static NewTopic topic(String name, int partitions, Duration retention) {
        return new NewTopic(name, partitions, (short) 1)
                .configs(Map.of(
                        "retention.ms", Long.toString(retention.toMillis()),
                        "segment.ms", Long.toString(retention.toMillis()),
                        "cleanup.policy", "delete"));
    }
}
