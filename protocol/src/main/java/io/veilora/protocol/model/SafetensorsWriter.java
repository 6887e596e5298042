package io.veilora.protocol.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects tensors and writes them as one safetensors file. */
public final class SafetensorsWriter {
    private record Entry(String name, String type, long[] shape, MemorySegment bytes) {}

    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    public SafetensorsWriter metadata(String name, String value) {
        metadata.put(name, value);
        return this;
    }

    /** Adds an F32 tensor; {@code values} must not change before {@link #write}. */
    public SafetensorsWriter add(String name, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return add(new Safetensors.Tensor(name, "F32", shape, MemorySegment.ofBuffer(bytes)));
    }

    /** Adds a tensor as it stands in another file. */
    public SafetensorsWriter add(Safetensors.Tensor tensor) {
        entries.add(new Entry(tensor.name(), tensor.type(), tensor.shape(), tensor.bytes()));
        return this;
    }

    /** Writes {@code file}; the order of the tensors is the order of the calls, so equal input gives equal bytes. */
    public void write(Path file) throws IOException {
        ObjectNode header = ProtocolJson.MAPPER.createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode node = header.putObject("__metadata__");
            metadata.forEach(node::put);
        }
        long offset = 0;
        for (Entry entry : entries) {
            ObjectNode node = header.putObject(entry.name).put("dtype", entry.type);
            for (long dimension : entry.shape) {
                node.withArray("shape").add(dimension);
            }
            node.withArray("shape");
            node.putArray("data_offsets").add(offset).add(offset + entry.bytes.byteSize());
            offset += entry.bytes.byteSize();
        }
        byte[] json = ProtocolJson.MAPPER.writeValueAsBytes(header);
        int padding = (8 - json.length % 8) % 8;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length + padding)
                    .array());
            out.write(json);
            out.write(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII));
            for (Entry entry : entries) {
                writeAll(out, entry.bytes);
            }
        }
    }

    private static void writeAll(OutputStream out, MemorySegment bytes) throws IOException {
        byte[] chunk = new byte[(int) Math.min(1 << 20, Math.max(1, bytes.byteSize()))];
        for (long from = 0; from < bytes.byteSize(); from += chunk.length) {
            int count = (int) Math.min(chunk.length, bytes.byteSize() - from);
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, from, chunk, 0, count);
            out.write(chunk, 0, count);
        }
    }
}
