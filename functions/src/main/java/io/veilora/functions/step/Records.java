package io.veilora.functions.step;

import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import io.veilora.protocol.problem.Problem;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.eclipse.microprofile.reactive.messaging.Message;

/** Kafka records as SmallRye messages. */
public final class Records {
    private Records() {}

    public static Message<byte[]> keyed(String recordKey, byte[] value) {
        return Message.of(value)
                .addMetadata(OutgoingKafkaRecordMetadata.<String>builder()
                        .withKey(recordKey)
                        .build());
    }

    /** The record as it came, with the reason and the place it came from in headers. */
    static Message<byte[]> deadLetter(ConsumerRecord<String, byte[]> record, Problem problem) {
        Headers headers = new RecordHeaders();
        header(headers, "veilora-reason-code", problem.code().name());
        header(headers, "veilora-reason", problem.message());
        header(headers, "veilora-topic", record.topic());
        header(headers, "veilora-partition", Integer.toString(record.partition()));
        header(headers, "veilora-offset", Long.toString(record.offset()));
        byte[] value = record.value() == null ? new byte[0] : record.value();
        return Message.of(value)
                .addMetadata(OutgoingKafkaRecordMetadata.<String>builder()
                        .withKey(record.key())
                        .withHeaders(headers)
                        .build());
    }

    private static void header(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
