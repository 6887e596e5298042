package io.veilora.functions.broker;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import io.veilora.protocol.problem.VeiloraException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Makes the topics that are missing, and looks whether those that are there will do. */
final class TopicSetup {
    private static final long PATIENCE_SECONDS = 30;
    private static final int LOOKS = 5;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

    private final Admin admin;
    private final String brokers;

    /** @param brokers for messages */
    TopicSetup(Admin admin, String brokers) {
        this.admin = admin;
        this.brokers = brokers;
    }

    /**
     * Creates what is missing; several processes may do it at once.
     *
     * @return the topics that were there before
     * @throws VeiloraException if it may not, or the broker does not answer
     */
    List<TopicPlan> create(List<TopicPlan> plans) {
        Map<String, KafkaFuture<Void>> created = admin.createTopics(
                        plans.stream().map(TopicPlan::toNewTopic).toList())
                .values();
        List<TopicPlan> there = new ArrayList<>();
        for (TopicPlan plan : plans) {
            try {
                await(created.get(plan.name()));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw refused("topic " + plan.name() + " cannot be created", e.getCause());
                }
                there.add(plan);
            }
        }
        return there;
    }

    /** @throws PermanentException INVALID_INPUT that names the first topic that is missing or will not do */
    void check(List<TopicPlan> plans) {
        for (TopicPlan plan : plans) {
            try {
                plan.fault(partitions(plan), config(plan)).ifPresent(fault -> {
                    throw unfit("topic " + plan.name() + ": " + fault, plan);
                });
            } catch (ExecutionException e) {
                if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                    throw unfit("topic " + plan.name() + " is missing", plan);
                }
                throw refused("topic " + plan.name() + " cannot be looked at", e.getCause());
            }
        }
    }

    /** A topic that another process has just made takes a moment until every broker knows it. */
    private int partitions(TopicPlan plan) throws ExecutionException {
        for (int attempt = 1; ; attempt++) {
            try {
                return await(admin.describeTopics(List.of(plan.name()))
                                .topicNameValues()
                                .get(plan.name()))
                        .partitions()
                        .size();
            } catch (ExecutionException e) {
                if (attempt == LOOKS || !(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
                LockSupport.parkNanos(LOOK_AGAIN.toNanos());
            }
        }
    }

    /** Whoever may not read it takes the operator's word. */
    private Config config(TopicPlan plan) throws ExecutionException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, plan.name());
        try {
            return await(admin.describeConfigs(List.of(resource)).values().get(resource));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                return new Config(List.of());
            }
            throw e;
        }
    }

    private <T> T await(KafkaFuture<T> future) throws ExecutionException {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the topics were looked at", e);
        } catch (TimeoutException e) {
            throw new RetriableException(
                    Problem.of(ProblemCode.UNAVAILABLE)
                            .detail("Kafka at %s: no answer within %d s", brokers, PATIENCE_SECONDS)
                            .remedy("check kafka.bootstrap.servers, kafka.security.protocol and the broker itself"),
                    e);
        }
    }

    private static PermanentException unfit(String detail, TopicPlan plan) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail("%s", detail)
                .remedy(
                        "alter or create it (%d partitions, retention.ms=%d, max.message.bytes=%d, cleanup.policy=delete),"
                                + " or say otherwise in veilora.topics",
                        plan.partitions(), plan.retention().toMillis(), plan.maxMessageBytes()));
    }

    private VeiloraException refused(String detail, Throwable cause) {
        return new PermanentException(
                Problem.of(ProblemCode.INVALID_INPUT)
                        .detail("%s: Kafka at %s says %s", detail, brokers, cause.getMessage())
                        .remedy("check kafka.security.protocol, kafka.sasl.*, kafka.ssl.* and this user's rights; with"
                                + " veilora.topics.create=false none are created"),
                cause);
    }
}
