package io.veilora.functions;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.veilora.functions.broker.Topics;
import io.veilora.functions.ledger.TestLedger;
import io.veilora.functions.step.StepEvents;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.step.StepFinished;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import jakarta.inject.Inject;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** Events that did not come from the gateway, by any Kafka client: repeated, late, forged and broken ones. */
@QuarkusTest
@WithTestResource(ProviderResource.class)
class ProviderEventTest {
    private static final LayerId QKV = LayerId.parse("blocks.0.qkv");
    private static final String PATH = StepApi.stepPath("tiny", QKV, Direction.FORWARD);

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrap;

    @Inject
    AgroalDataSource dataSource;

    @Test
    void repeatedAndOutOfOrderEventsChangeNothing() throws Exception {
        UUID firstId = UUID.randomUUID();
        UUID secondId = UUID.randomUUID();
        byte[] first = Words.request(21, 256, TinyModel.HIDDEN);
        byte[] second = Words.request(22, 256, TinyModel.HIDDEN);
        byte[] firstAnswer = StepClient.send(PATH, firstId, first).asByteArray();
        byte[] secondAnswer = StepClient.send(PATH, secondId, second).asByteArray();
        for (int i = 0; i < 3; i++) {
            publish(step(secondId, second));
            publish(step(firstId, first));
        }
        awaitResults(firstId, 4);
        awaitResults(secondId, 4);
        assertThat(StepClient.send(PATH, firstId, first).asByteArray()).isEqualTo(firstAnswer);
        assertThat(StepClient.send(PATH, secondId, second).asByteArray()).isEqualTo(secondAnswer);
        TestLedger ledger = new TestLedger(dataSource);
        assertThat(ledger.rows(firstId)).isOne();
        assertThat(ledger.rows(secondId)).isOne();
    }

    @Test
    void aPoisonEventGoesToTheDeadLettersOnceAndTheStepsAroundItFlowOn() throws Exception {
        byte[] poison =
                ("{\"specversion\": \"1.0\", \"mark\": \"" + UUID.randomUUID() + "\"").getBytes(StandardCharsets.UTF_8);
        publish("tiny/blocks.0.qkv/forward", poison);
        byte[] body = Words.request(23, 256, TinyModel.HIDDEN);
        assertThat(StepClient.send(PATH, UUID.randomUUID(), body).statusCode()).isEqualTo(200);
        publish("tiny/blocks.0.qkv/forward", null);
        assertThat(StepClient.send(PATH, UUID.randomUUID(), body).statusCode()).isEqualTo(200);
        List<ConsumerRecord<String, byte[]>> letters =
                await(Topics.DEAD_LETTERS, record -> java.util.Arrays.equals(record.value(), poison), 1);
        assertThat(letters).hasSize(1);
        ConsumerRecord<String, byte[]> letter = letters.getFirst();
        assertThat(header(letter, "veilora-reason-code")).isEqualTo("POISON_EVENT");
        assertThat(header(letter, "veilora-topic")).isEqualTo(Topics.STEPS);
        assertThat(header(letter, "veilora-offset")).matches("[0-9]+");
    }

    @Test
    void everyMetricThatTheChartsAlertsReadIsExported() throws Exception {
        byte[] poison = ("{\"mark\": \"" + UUID.randomUUID() + "\"").getBytes(StandardCharsets.UTF_8);
        publish("tiny/blocks.0.qkv/forward", poison);
        await(Topics.DEAD_LETTERS, record -> java.util.Arrays.equals(record.value(), poison), 1);
        StepClient.send(PATH, UUID.randomUUID(), Words.request(26, 256, TinyModel.HIDDEN));
        String alerts = Files.readString(Path.of("../helm/veilora/files/alerts.yaml"));
        List<String> read = Pattern.compile("\\bveilora_[a-z_]+")
                .matcher(alerts)
                .results()
                .map(MatchResult::group)
                .toList();
        String metrics =
                given().get("/metrics").then().statusCode(200).extract().asString();
        assertThat(read).hasSizeGreaterThan(5).allSatisfy(name -> assertThat(metrics)
                .containsPattern("(?m)^" + name + "[ {]"));
    }

    @Test
    void anEventForAStepThatNobodySentFailsForGoodAndIsKept() throws Exception {
        StepRequested stranger = step(UUID.randomUUID(), Words.request(25, 256, TinyModel.HIDDEN));
        publish(stranger);
        StepFinished failed = awaitResults(stranger.stepId(), 1).getFirst();
        assertThat(failed.problem().code()).isEqualTo(ProblemCode.UNKNOWN_STEP);
        assertThat(failed.problem().retriable()).isFalse();
        await(Topics.DEAD_LETTERS, record -> mentions(record, stranger.stepId()), 1);
    }

    @Test
    void aForgedEventUnderAKnownIdCannotChangeItsAnswer() throws Exception {
        UUID stepId = UUID.randomUUID();
        byte[] body = Words.request(24, 256, TinyModel.HIDDEN);
        byte[] answer = StepClient.send(PATH, stepId, body).asByteArray();
        StepRequested forged = new StepRequested(
                stepId,
                "alice",
                "tiny",
                LayerId.LM_HEAD,
                Direction.FORWARD,
                256,
                AnswerBits.BITS_16,
                EncryptedTensor.statedDigest(MemorySegment.ofArray(body)),
                1);
        publish(forged);
        ConsumerRecord<String, byte[]> letter = await(Topics.DEAD_LETTERS, record -> mentions(record, stepId), 1)
                .getFirst();
        assertThat(header(letter, "veilora-reason-code")).isEqualTo("POISON_EVENT");
        assertThat(StepClient.send(PATH, stepId, body).asByteArray()).isEqualTo(answer);
    }

    private static StepRequested step(UUID stepId, byte[] body) {
        return new StepRequested(
                stepId,
                "alice",
                "tiny",
                QKV,
                Direction.FORWARD,
                256,
                AnswerBits.BITS_16,
                EncryptedTensor.statedDigest(MemorySegment.ofArray(body)),
                1);
    }

    private void publish(StepRequested step) throws Exception {
        publish(step.recordKey(), StepEvents.encode(step));
    }

    private void publish(String recordKey, byte[] value) throws Exception {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", bootstrap,
                "key.serializer", StringSerializer.class,
                "value.serializer", ByteArraySerializer.class);
        try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(settings)) {
            Future<RecordMetadata> sent = producer.send(new ProducerRecord<>(Topics.STEPS, recordKey, value));
            sent.get();
        }
    }

    private List<StepFinished> awaitResults(UUID stepId, int count) {
        return await(Topics.RESULTS, record -> mentions(record, stepId), count).stream()
                .map(record -> StepEvents.finished(record.value()))
                .toList();
    }

    private static boolean mentions(ConsumerRecord<String, byte[]> record, UUID stepId) {
        return new String(record.value(), StandardCharsets.UTF_8).contains(stepId.toString());
    }

    /** Reads the topic from its start until {@code count} records fit. */
    private List<ConsumerRecord<String, byte[]>> await(
            String topic, Predicate<ConsumerRecord<String, byte[]>> fits, int count) {
        Map<String, Object> settings = Map.of(
                "bootstrap.servers", bootstrap,
                "key.deserializer", StringDeserializer.class,
                "value.deserializer", ByteArrayDeserializer.class);
        List<ConsumerRecord<String, byte[]>> found = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(settings)) {
            List<TopicPartition> partitions = List.of(new TopicPartition(topic, 0));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (found.size() < count && System.nanoTime() < end) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    if (fits.test(record)) {
                        found.add(record);
                    }
                }
            }
        }
        assertThat(found).hasSizeGreaterThanOrEqualTo(count);
        return found;
    }

    private static String header(ConsumerRecord<String, byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }
}
