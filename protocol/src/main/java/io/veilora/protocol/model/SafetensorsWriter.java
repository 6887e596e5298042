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
    private static final int PIECE = 1 << 18;

    /** Writes a tensor's bytes. */
    private interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private record Entry(String name, String type, long[] shape, long bytes, Content content) {}

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

    /** Adds a tensor with its type; it is read at {@link #write}, piece by piece. From a file its bytes are copied. */
    public SafetensorsWriter add(TensorSource.Tensor tensor) {
        Entry entry = tensor instanceof Safetensors.Tensor(String name, String type, long[] shape, MemorySegment bytes)
                ? new Entry(name, type, shape, bytes.byteSize(), out -> writeAll(out, bytes))
                : new Entry(
                        tensor.name(),
                        tensor.type(),
                        tensor.shape(),
                        tensor.size() * (tensor.type().equals("F32") ? 4 : 2),
                        out -> writeValues(out, tensor));
        entries.add(entry);
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
            node.putArray("data_offsets").add(offset).add(offset + entry.bytes);
            offset += entry.bytes;
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
                entry.content.writeTo(out);
            }
        }
    }

    private static void writeValues(OutputStream out, TensorSource.Tensor tensor) throws IOException {
        float[] values = new float[(int) Math.min(PIECE, tensor.size())];
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long from = 0; from < tensor.size(); from += values.length) {
            int count = (int) Math.min(values.length, tensor.size() - from);
            tensor.read(from, values, 0, count);
            bytes.clear();
            for (int i = 0; i < count; i++) {
                switch (tensor.type()) {
                    case "F32" -> bytes.putFloat(values[i]);
                    case "BF16" -> bytes.putShort((short) (Float.floatToRawIntBits(values[i]) >>> 16));
                    case "F16" -> bytes.putShort(Float.floatToFloat16(values[i]));
                    default -> throw new IllegalArgumentException("type: got " + tensor.type());
                }
            }
            out.write(bytes.array(), 0, bytes.position());
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
