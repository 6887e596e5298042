package io.veilora.functions.broker;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** How the topics are made, and what is asked of those that are there ({@code veilora.topics.*}). */
@ConfigMapping(prefix = "veilora.topics")
public interface TopicsConfig {
    /** Whether missing topics are made at the start; if not, somebody else makes them. */
    @WithDefault("true")
    boolean create();

    /** Partitions of every topic of steps: the most replicas that can share a pool's work. */
    @WithDefault("8")
    int stepsPartitions();

    /** Copies of every partition; the broker's default if not set. */
    Optional<Short> replication();

    /** How long steps and results are kept. Not below {@code veilora.blobs.expiry}: a step must not go before its bytes. */
    @WithDefault("1h")
    Duration retention();

    /** How long dead letters are kept. */
    @WithDefault("7d")
    Duration deadLetterRetention();

    /** Largest event. Ciphertexts never go through Kafka, so a kilobyte is usual. */
    @WithDefault("65536")
    int maxMessageBytes();
}
