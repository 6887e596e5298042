package io.veilora.functions.account;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;

/** JSON in and out, by the one mapper of the protocol. */
final class JsonBody {
    private JsonBody() {}

    /** @throws PermanentException INVALID_REQUEST if the bytes are not a {@code type} */
    static <T> T read(byte[] body, Class<T> type) {
        try {
            T value = body == null || body.length == 0 ? null : ProtocolJson.MAPPER.readValue(body, type);
            if (value != null) {
                return value;
            }
        } catch (ValueInstantiationException e) {
            if (e.getCause() instanceof VeiloraException known) {
                throw known;
            }
            if (e.getCause() instanceof IllegalArgumentException wrong) {
                throw PermanentException.invalidRequest(wrong.getMessage());
            }
        } catch (IOException e) {
            // said below: a parser's message would repeat what came
        }
        throw PermanentException.invalidRequest("body: expected JSON as /openapi describes it");
    }

    static byte[] write(Object value) {
        try {
            return ProtocolJson.MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an answer cannot be written", e);
        }
    }
}
