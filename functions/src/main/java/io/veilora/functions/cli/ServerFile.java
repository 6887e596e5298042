package io.veilora.functions.cli;

import io.veilora.protocol.wire.ProtocolJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * {@code server.json} in the data folder, there while the server is ready: where other processes find it.
 *
 * @param url of the gateway, without a path
 */
record ServerFile(String url, String kafkaBootstrap, long pid) {
    static final String NAME = "server.json";

    void write(Path data) throws IOException {
        Path temporary = Files.createTempFile(data, NAME, ".tmp");
        Files.write(temporary, ProtocolJson.MAPPER.writeValueAsBytes(this));
        Files.move(temporary, data.resolve(NAME), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static void delete(Path data) throws IOException {
        Files.deleteIfExists(data.resolve(NAME));
    }
}
