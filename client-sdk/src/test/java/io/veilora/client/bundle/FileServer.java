package io.veilora.client.bundle;

import com.sun.net.httpserver.HttpExchange;
import io.veilora.client.OpenModel;
import io.veilora.client.transport.ScriptedGateway;
import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Serves a model's manifest and files, with ranges, as the gateway does, or wrongly in one way. */
record FileServer(OpenModel model, Map<String, byte[]> files, Ranges ranges) implements Reply {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");

    enum Ranges {
        HONOURED,
        IGNORED,
        /** Half of the range, said to be the whole. */
        TRUNCATED,
        /** One byte too early. */
        SHIFTED
    }

    static FileServer of(OpenModel model) {
        return new FileServer(model, model.files(), Ranges.HONOURED);
    }

    @Override
    public void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String name = model.manifest().model();
        if (path.equals(StepApi.manifestPath(name))) {
            ScriptedGateway.ok(ProtocolJson.MAPPER.writeValueAsBytes(model.manifest()))
                    .answer(exchange);
            return;
        }
        byte[] file = files.get(path.substring(StepApi.filePath(name, "").length()));
        if (file == null) {
            ScriptedGateway.status(404, "text/plain", new byte[0]).answer(exchange);
            return;
        }
        Matcher range = RANGE.matcher(exchange.getRequestHeaders().getFirst("Range"));
        if (ranges == Ranges.IGNORED || !range.matches()) {
            ScriptedGateway.ok(file).answer(exchange);
            return;
        }
        int from = Integer.parseInt(range.group(1)) - (ranges == Ranges.SHIFTED ? 1 : 0);
        int count = Integer.parseInt(range.group(2)) + 1 - from;
        exchange.getResponseHeaders().set("Content-Range", contentRange(from, from + count, file.length));
        exchange.sendResponseHeaders(206, ranges == Ranges.TRUNCATED ? (count + 1) / 2 : count);
        exchange.getResponseBody().write(file, from, ranges == Ranges.TRUNCATED ? (count + 1) / 2 : count);
    }

    static String contentRange(int from, int end, int length) {
        return "bytes " + from + "-" + (end - 1) + "/" + length;
    }
}
