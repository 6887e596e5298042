package io.veilora.functions.gateway;

import io.smallrye.common.annotation.Identifier;
import io.smallrye.reactive.messaging.kafka.KafkaConsumerRebalanceListener;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.jboss.logging.Logger;

/**
 * Knows when this process hears results and when it takes steps. A consumer that starts at the latest offset has none
 * before it has asked for it: the results listener asks at once, and then looks for what was published before.
 */
final class Assignments {
    private Assignments() {}

    /** A consumer's first assignment. */
    abstract static class Listener implements KafkaConsumerRebalanceListener {
        private final CountDownLatch assigned = new CountDownLatch(1);

        @Override
        public void onPartitionsAssigned(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
            partitions.forEach(consumer::position);
            assigned.countDown();
        }

        boolean isAssigned() {
            return assigned.getCount() == 0;
        }

        /** @return whether it was assigned in that time */
        boolean await(Duration timeout) throws InterruptedException {
            return assigned.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** The step function's consumer. With more replicas than partitions, one without work is assigned all the same. */
    @ApplicationScoped
    @Identifier("veilora-steps")
    static class Steps extends Listener {}

    /** The gateway's consumer. */
    @ApplicationScoped
    @Identifier("veilora-results")
    static class Results extends Listener {
        private static final Logger LOG = Logger.getLogger(Results.class);

        private final StepGateway gateway;
        private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();

        Results(StepGateway gateway) {
            this.gateway = gateway;
        }

        @Override
        public void onPartitionsAssigned(Consumer<?, ?> consumer, Collection<TopicPartition> partitions) {
            super.onPartitionsAssigned(consumer, partitions);
            background.submit(() -> {
                try {
                    gateway.lookAgain();
                } catch (IOException e) {
                    LOG.warn("the store does not answer; waiting requests will be told to poll", e);
                }
            });
        }
    }
}
