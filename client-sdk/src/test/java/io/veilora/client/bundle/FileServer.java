package io.veilora.client.bundle;

import com.sun.net.httpserver.HttpExchange;
import io.veilora.client.OpenModel;
import io.veilora.client.transport.ScriptedGateway;
import io.veilora.client.transport.ScriptedGateway.Reply;
import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.util.Map;

/** Serves a model's manifest and files, with ranges, as the gateway does. */
final class FileServer implements Reply {
    private final OpenModel model;
    private final Map<String, byte[]> files;
    private final boolean ranges;

    FileServer(OpenModel model, Map<String, byte[]> files, boolean ranges) {
        this.model = model;
        this.files = files;
        this.ranges = ranges;
    }

    static FileServer of(OpenModel model) {
        return new FileServer(model, model.files(), true);
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
        int from = ranges ? from(exchange) : 0;
        exchange.sendResponseHeaders(ranges ? 206 : 200, file.length - from);
        exchange.getResponseBody().write(file, from, file.length - from);
    }

    private static int from(HttpExchange exchange) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        return Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
    }
}
