package io.veilora.protocol.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.protocol.wire.Sha256;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    private static final float[] VALUES = {0f, -0f, 1f, -2.5f, 65504f, 6.1035156e-5f};

    @TempDir
    Path folder;

    private static Safetensors.Tensor shorts(String name, String type, short... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(values);
        return new Safetensors.Tensor(name, type, new long[] {2, 3}, MemorySegment.ofBuffer(bytes));
    }

    private static Safetensors.Tensor float16() {
        short[] halves = new short[VALUES.length];
        for (int i = 0; i < halves.length; i++) {
            halves[i] = Float.floatToFloat16(VALUES[i]);
        }
        return shorts("f16", "F16", halves);
    }

    private static Safetensors.Tensor bfloat16() {
        return shorts("bf16", "BF16", (short) 0, (short) 0x8000, (short) 0x3F80, (short) 0xC020, (short) 0x477F, (short)
                0x3880);
    }

    private Path write() throws Exception {
        Path file = folder.resolve("model.safetensors");
        new SafetensorsWriter()
                .metadata("format", "pt")
                .add("f32", VALUES, 2, 3)
                .add(bfloat16())
                .add(float16())
                .add("scalar", new float[] {7})
                .add("empty", new float[0], 0, 5)
                .write(file);
        return file;
    }

    @Test
    void everyTypeComesBackAsFloats() throws Exception {
        try (Safetensors tensors = Safetensors.open(write())) {
            assertThat(tensors.require("f32", 2, 3).floats()).containsExactly(VALUES);
            assertThat(tensors.require("f16", 2, 3).floats()).containsExactly(VALUES);
            assertThat(tensors.require("bf16", 2, 3).floats())
                    .containsExactly(0f, -0f, 1f, -2.5f, 65280f, 6.1035156e-5f);
            assertThat(tensors.require("scalar").floats()).containsExactly(7f);
            assertThat(tensors.require("empty", 0, 5).floats()).isEmpty();
            for (String type : new String[] {"f32", "f16", "bf16"}) {
                assertThat(tensors.require(type, 2, 3).floats(2, 2)).containsExactly(1f, -2.5f);
            }
        }
    }

    @Test
    void namesStandInTheOrderOfTheFileBesideItsMetadata() throws Exception {
        try (Safetensors tensors = Safetensors.open(write())) {
            assertThat(tensors.tensors().keySet()).containsExactly("f32", "bf16", "f16", "scalar", "empty");
            assertThat(tensors.metadata()).containsExactly(java.util.Map.entry("format", "pt"));
        }
    }

    @Test
    void aFileHasTheGoldenBytes() throws Exception {
        byte[] bytes = Files.readAllBytes(new SmallFile(folder).write());
        ByteBuffer little = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        String header = "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        int headerBytes = (header.length() + 7) / 8 * 8;
        assertThat(little.getLong(0)).isEqualTo(headerBytes);
        assertThat(new String(bytes, 8, headerBytes, java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo(header + " ".repeat(headerBytes - header.length()));
        assertThat(bytes).hasSize(8 + headerBytes + 8);
        assertThat(little.getFloat(8 + headerBytes)).isEqualTo(1f);
        assertThat(little.getFloat(12 + headerBytes)).isEqualTo(-2f);
    }

    private record SmallFile(Path folder) {
        Path write() throws Exception {
            Path file = folder.resolve("small.safetensors");
            new SafetensorsWriter()
                    .metadata("format", "pt")
                    .add("x", new float[] {1, -2}, 2)
                    .write(file);
            return file;
        }
    }

    @Test
    void equalTensorsGiveEqualFilesAndCopiesOfAFileEqualIt() throws Exception {
        Path first = write();
        String digest = Sha256.hex(first);
        assertThat(Sha256.hex(write())).isEqualTo(digest);
        Path copy = folder.resolve("copy.safetensors");
        try (Safetensors tensors = Safetensors.open(first)) {
            SafetensorsWriter writer = new SafetensorsWriter().metadata("format", "pt");
            tensors.tensors().values().forEach(writer::add);
            writer.write(copy);
        }
        assertThat(Sha256.hex(copy)).isEqualTo(digest);
    }

    @Test
    void tensorsBeyondOneCopyBufferArriveWhole() throws Exception {
        float[] values = new float[700_000]; // 2.8 MB: two whole buffers and a part
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        Path file = folder.resolve("large.safetensors");
        new SafetensorsWriter().add("x", values, 700_000).write(file);
        try (Safetensors tensors = Safetensors.open(file)) {
            MemorySegment bytes = tensors.require("x", 700_000).bytes();
            assertThat(bytes.get(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 4L * 699_999))
                    .isEqualTo(699_999f);
            assertThat(tensors.require("x", 700_000).floats()).isEqualTo(values);
        }
    }

    @Test
    void tensorsFromElsewhereAreWrittenInTheirTypePieceByPiece() throws Exception {
        for (String type : new String[] {"F32", "BF16", "F16"}) {
            Path file = folder.resolve(type);
            new SafetensorsWriter().add(new Counting(type)).write(file);
            try (Safetensors tensors = Safetensors.open(file)) {
                Safetensors.Tensor tensor = tensors.require("counting", 1000, 300);
                assertThat(tensor.type()).isEqualTo(type);
                assertThat(tensor.floats()).isEqualTo(new Counting(type).floats());
            }
        }
    }

    /** 300,000 small integers, more than one piece. */
    private record Counting(String type) implements TensorSource.Tensor {
        @Override
        public String name() {
            return "counting";
        }

        @Override
        public long[] shape() {
            return new long[] {1000, 300};
        }

        @Override
        public void read(long from, float[] out, int offset, int count) {
            for (int i = 0; i < count; i++) {
                out[offset + i] = (from + i) % 251 - 125;
            }
        }
    }
}
