package io.veilora.functions.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.problem.PermanentException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
    @TempDir
    Path folder;

    @Test
    void anyKafkaClientFindsTheTopicsWithTheirPartitions() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(new BrokerSettings(folder, 0));
                Admin admin = TestTopics.create(broker)) {
            var topics = admin.describeTopics(List.of(Topics.STEPS, Topics.RESULTS, Topics.DEAD_LETTERS))
                    .allTopicNames()
                    .get();
            assertThat(topics.get(Topics.STEPS).partitions()).hasSize(8);
            assertThat(topics.get(Topics.RESULTS).partitions()).hasSize(1);
            assertThat(topics.get(Topics.DEAD_LETTERS).partitions()).hasSize(1);
        }
    }

    @Test
    void eventsThatWereNotAcknowledgedAreDeliveredAgainAfterARestartOnTheSameFolder() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(new BrokerSettings(folder, 0))) {
            TestTopics.create(broker).close();
            try (KafkaProducer<String, String> producer = new KafkaProducer<>(client(broker))) {
                for (int i = 0; i < 10; i++) {
                    producer.send(new ProducerRecord<>(Topics.STEPS, 0, "layer", "event " + i))
                            .get();
                }
            }
            assertThat(read(broker, 10, 4)).hasSize(10);
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(new BrokerSettings(folder, 0))) {
            assertThat(read(broker, 6, 10))
                    .containsExactly("event 4", "event 5", "event 6", "event 7", "event 8", "event 9");
        }
    }

    @Test
    void aPortThatIsTakenIsNamedWithARemedy() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName(BrokerSettings.HOST))) {
            assertThatThrownBy(() -> EmbeddedBroker.start(new BrokerSettings(folder, taken.getLocalPort())))
                    .isInstanceOf(PermanentException.class)
                    .hasMessageContaining("port " + taken.getLocalPort())
                    .hasMessageContaining("--kafka-port");
        }
    }

    /** Reads {@code expected} events and acknowledges those before {@code acknowledged}. */
    private static List<String> read(EmbeddedBroker broker, int expected, long acknowledged) {
        Map<String, Object> settings = client(broker);
        settings.put("group.id", "test");
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", "false");
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(List.of(Topics.STEPS));
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (values.size() < expected && System.nanoTime() < end) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    values.add(record.value());
                }
            }
            consumer.commitSync(Map.of(new TopicPartition(Topics.STEPS, 0), new OffsetAndMetadata(acknowledged)));
        }
        return values;
    }

    private static Map<String, Object> client(EmbeddedBroker broker) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", broker.bootstrap());
        settings.put("key.serializer", StringSerializer.class);
        settings.put("value.serializer", StringSerializer.class);
        settings.put("key.deserializer", StringDeserializer.class);
        settings.put("value.deserializer", StringDeserializer.class);
        return settings;
    }
}
