package io.veilora.protocol.step;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.time.Instant;
import java.util.UUID;

/**
 * A CloudEvent 1.0 in structured JSON mode ({@code application/cloudevents+json}), the form of every record on our
 * topics.
 *
 * @param source who published it
 * @param subject the step id
 * @param time RFC 3339
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CloudEvent(
        String specversion,
        String id,
        String source,
        String type,
        String subject,
        String time,
        String datacontenttype,
        JsonNode data) {
    public static final String MEDIA_TYPE = "application/cloudevents+json";

    /** The bytes of an event about step {@code stepId}. */
    public static byte[] encode(String type, String source, UUID stepId, Object data) {
        return encode(type, source, UUID.randomUUID().toString(), stepId, data);
    }

    /** The same with an id that the sender chose, so that a repetition is known as one. */
    public static byte[] encode(String type, String source, String id, UUID stepId, Object data) {
        CloudEvent event = new CloudEvent(
                "1.0",
                id,
                source,
                type,
                stepId.toString(),
                Instant.now().toString(),
                "application/json",
                ProtocolJson.MAPPER.valueToTree(data));
        try {
            return ProtocolJson.MAPPER.writeValueAsBytes(event);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("event " + type + " cannot be written", e);
        }
    }

    /**
     * Reads an event.
     *
     * @throws PermanentException {@link ProblemCode#POISON_EVENT} if it is not one
     */
    public static CloudEvent decode(byte[] bytes) {
        try {
            CloudEvent event = ProtocolJson.MAPPER.readValue(bytes, CloudEvent.class);
            if (event == null || !"1.0".equals(event.specversion) || event.type == null || event.data == null) {
                throw poison("got no CloudEvent 1.0 with type and data");
            }
            return event;
        } catch (IOException e) {
            throw poison("got " + bytes.length + " bytes that are not a CloudEvent in JSON");
        }
    }

    /** The data as {@code kind}. @throws PermanentException {@link ProblemCode#POISON_EVENT} if it has another form */
    public <T> T data(Class<T> kind) {
        try {
            T value = ProtocolJson.MAPPER.treeToValue(data, kind);
            if (value == null) {
                throw poison("event " + type + " has no data");
            }
            return value;
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw poison("the data of event " + type + " is not a " + kind.getSimpleName());
        }
    }

    private static PermanentException poison(String detail) {
        return new PermanentException(
                Problem.of(ProblemCode.POISON_EVENT).detail("%s", detail).remedy("see the dead-letter topic"));
    }
}
