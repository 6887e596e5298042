package io.veilora.protocol.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file, mapped: an 8-byte little-endian header length, a JSON header, then the tensors' bytes. Every
 * offset is checked against the file before use. F32, BF16 and F16 are read as float.
 */
public final class Safetensors implements TensorSource {
    private static final long MAX_HEADER_BYTES = 100L << 20;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** One tensor: its type, shape and bytes, row-major and little-endian. */
    public record Tensor(String name, String type, long[] shape, MemorySegment bytes) implements TensorSource.Tensor {
        /** Elements {@code from .. from + count} as floats. */
        public float[] floats(long from, int count) {
            float[] out = new float[count];
            read(from, out, 0, count);
            return out;
        }

        @Override
        public void read(long from, float[] out, int offset, int count) {
            switch (type) {
                case "F32" -> MemorySegment.copy(bytes, F32, 4 * from, out, offset, count);
                case "BF16" -> {
                    for (int i = 0; i < count; i++) {
                        out[offset + i] = Float.intBitsToFloat(bytes.get(U16, 2 * (from + i)) << 16);
                    }
                }
                case "F16" -> {
                    for (int i = 0; i < count; i++) {
                        out[offset + i] = Float.float16ToFloat(bytes.get(U16, 2 * (from + i)));
                    }
                }
                default -> throw unsupportedType("tensor '" + name + "'", type);
            }
        }
    }

    private final Path file;
    private final Arena arena;
    private final Map<String, Tensor> tensors;
    private final Map<String, String> metadata;

    private Safetensors(Path file, Arena arena, Map<String, Tensor> tensors, Map<String, String> metadata) {
        this.file = file;
        this.arena = arena;
        this.tensors = tensors;
        this.metadata = metadata;
    }

    /**
     * Maps {@code file} and reads its header.
     *
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} naming the file, if it is not a safetensors file
     */
    public static Safetensors open(Path file) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return read(file, arena, bytes);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static Safetensors read(Path file, Arena arena, MemorySegment bytes) {
        if (bytes.byteSize() < 8) {
            throw invalid(file, "got %d bytes, expected at least 8", bytes.byteSize());
        }
        long headerBytes = bytes.get(U64, 0);
        if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > bytes.byteSize() - 8) {
            throw invalid(file, "header length: got %d in a file of %d bytes", headerBytes, bytes.byteSize());
        }
        JsonNode header;
        try {
            header = ProtocolJson.MAPPER.readTree(bytes.asSlice(8, headerBytes).toArray(ValueLayout.JAVA_BYTE));
        } catch (IOException e) {
            throw invalid(file, "the header is not JSON");
        }
        if (!header.isObject()) {
            throw invalid(file, "the header is not a JSON object");
        }
        MemorySegment data = bytes.asSlice(8 + headerBytes);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : header.properties()) {
            if (entry.getKey().equals("__metadata__")) {
                entry.getValue()
                        .properties()
                        .forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
            } else {
                tensors.put(entry.getKey(), tensor(file, entry.getKey(), entry.getValue(), data));
            }
        }
        requireSeparate(file, tensors.values());
        return new Safetensors(
                file, arena, Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(metadata));
    }

    private static void requireSeparate(Path file, Collection<Tensor> tensors) {
        List<Tensor> ordered = tensors.stream()
                .filter(tensor -> tensor.bytes.byteSize() > 0)
                .sorted(Comparator.comparingLong(tensor -> tensor.bytes.address()))
                .toList();
        for (int i = 1; i < ordered.size(); i++) {
            Tensor before = ordered.get(i - 1);
            if (before.bytes.address() + before.bytes.byteSize()
                    > ordered.get(i).bytes.address()) {
                throw invalid(file, "tensors '%s' and '%s' share bytes", before.name, ordered.get(i).name);
            }
        }
    }

    private static Tensor tensor(Path file, String name, JsonNode entry, MemorySegment data) {
        String type = entry.path("dtype").asText();
        JsonNode shapeNode = entry.path("shape");
        JsonNode offsets = entry.path("data_offsets");
        if (!shapeNode.isArray() || !offsets.isArray() || offsets.size() != 2) {
            throw invalid(file, "tensor '%s': shape or data_offsets is missing", name);
        }
        long[] shape = new long[shapeNode.size()];
        long elements = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = wholeNumber(shapeNode.get(i));
            if (shape[i] < 0 || shape[i] > data.byteSize()) {
                throw invalid(file, "tensor '%s': dimension %d is %s", name, i, shapeNode.get(i));
            }
            if (shape[i] > 0 && elements > data.byteSize() / shape[i]) {
                throw invalid(file, "tensor '%s': its shape is larger than the file", name);
            }
            elements *= shape[i];
        }
        long from = wholeNumber(offsets.get(0));
        long to = wholeNumber(offsets.get(1));
        if (from < 0 || to < from || to > data.byteSize()) {
            throw invalid(file, "tensor '%s': bytes %d to %d of %d", name, from, to, data.byteSize());
        }
        long width = width(type);
        if (width > 0 && to - from != elements * width) {
            throw invalid(file, "tensor '%s': got %d bytes, expected %d", name, to - from, elements * width);
        }
        return new Tensor(name, type, shape, data.asSlice(from, to - from));
    }

    /** The number, or −1 if it is none that fits. */
    private static long wholeNumber(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong() ? node.asLong() : -1;
    }

    private static long width(String type) {
        return switch (type) {
            case "F32", "I32", "U32" -> 4;
            case "BF16", "F16", "I16", "U16" -> 2;
            case "I8", "U8", "BOOL" -> 1;
            case "F64", "I64", "U64" -> 8;
            default -> 0;
        };
    }

    /** Names and tensors in the order of the header. */
    public Map<String, Tensor> tensors() {
        return tensors;
    }

    /** The header's {@code __metadata__}. */
    public Map<String, String> metadata() {
        return metadata;
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public Tensor require(String name, long... shape) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw invalid(file, "tensor '%s' is missing", name);
        }
        if (!Arrays.equals(tensor.shape(), shape)) {
            throw invalid(
                    file,
                    "tensor '%s': got shape %s, expected %s",
                    name,
                    Arrays.toString(tensor.shape()),
                    Arrays.toString(shape));
        }
        if (!tensor.type().equals("F32")
                && !tensor.type().equals("BF16")
                && !tensor.type().equals("F16")) {
            throw unsupportedType(file + ": tensor '" + name + "'", tensor.type());
        }
        return tensor;
    }

    @Override
    public String fingerprint() {
        return Sha256.hex(file);
    }

    @Override
    public void close() {
        arena.close();
    }

    private static PermanentException unsupportedType(String place, String type) {
        return new PermanentException(Problem.of(ProblemCode.UNSUPPORTED_MODEL)
                .detail("%s: got type %s, supported are F32, BF16 and F16", place, type)
                .remedy("convert the model to one of these types"));
    }

    private static PermanentException invalid(Path file, String format, Object... arguments) {
        return new PermanentException(
                Problem.of(ProblemCode.INVALID_INPUT)
                        .detail("%s: %s", file, String.format(format, arguments))
                        .remedy(
                                "check that this is a complete safetensors file, of the model whose configuration is beside it"));
    }
}
