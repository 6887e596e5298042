package io.veilora.protocol.wire;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.RetriableException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * A ciphertext on the wire, or the provider's answer to it: a fixed little-endian header, then the words, token-major
 * {@code [T × features]}.
 *
 * <pre>
 * offset size
 *      0    4  magic "VLRT"
 *      4    2  version, 2 (version 1 had SHA-256)
 *      6    1  parameter set
 *      7    1  bits per coefficient: 32 (a request, or a full answer) or 16 (a rounded answer)
 *      8    4  T, tokens: a positive multiple of N
 *     12    4  features
 *     16    8  payload length in bytes = T · features · bits / 8
 *     24    8  zero
 *     32   32  BLAKE3 of header bytes 0–31 and the payload
 *     64       payload
 * </pre>
 *
 * @param payload {@code T · features} words of {@code bits} bits, little-endian
 */
public record EncryptedTensor(
        LatticeParameters parameters, AnswerBits bits, int tokens, int features, MemorySegment payload) {
    public static final int HEADER_BYTES = 64;
    public static final String MEDIA_TYPE = "application/vnd.veilora.tensor";

    /** Largest {@code T} and largest feature count that any header may declare. */
    public static final int MAX_TOKENS = 1 << 20;

    public static final int MAX_FEATURES = 1 << 20;

    private static final int MAGIC = 0x54524C56; // "VLRT"
    private static final int VERSION = 2;
    private static final int DIGEST_OFFSET = 32;

    public static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public EncryptedTensor {
        requireShape(parameters, tokens, features);
        if (payload.byteSize() != payloadBytes(bits, tokens, features)) {
            throw malformed(
                    "payload: got %d bytes, expected %d", payload.byteSize(), payloadBytes(bits, tokens, features));
        }
    }

    /** Bytes of a whole message: header and payload. */
    public static long wireBytes(AnswerBits bits, int tokens, int features) {
        return HEADER_BYTES + payloadBytes(bits, tokens, features);
    }

    private static long payloadBytes(AnswerBits bits, int tokens, int features) {
        return (long) tokens * features * bits.bytes();
    }

    /**
     * A tensor with room for its header in front of the payload, so that {@link #seal} makes a message without a copy.
     *
     * @param wire (64 + payload) bytes; the payload part is to be filled by the caller before {@link #seal}
     */
    public static EncryptedTensor over(
            MemorySegment wire, LatticeParameters parameters, AnswerBits bits, int tokens, int features) {
        return new EncryptedTensor(parameters, bits, tokens, features, wire.asSlice(HEADER_BYTES));
    }

    /** Writes the header and the digest of a filled payload into the 64 bytes before it. */
    public void seal(MemorySegment wire) {
        wire.set(U32, 0, MAGIC);
        wire.set(U16, 4, (short) VERSION);
        wire.set(ValueLayout.JAVA_BYTE, 6, (byte) parameters.wireId());
        wire.set(ValueLayout.JAVA_BYTE, 7, (byte) bits.bits());
        wire.set(U32, 8, tokens);
        wire.set(U32, 12, features);
        wire.set(U64, 16, payload.byteSize());
        wire.set(U64, 24, 0L);
        MemorySegment.copy(MemorySegment.ofArray(digest(wire)), 0, wire, DIGEST_OFFSET, Blake3.BYTES);
    }

    /** The whole message in a new array. */
    public byte[] toBytes() {
        byte[] bytes = new byte[Math.toIntExact(HEADER_BYTES + payload.byteSize())];
        MemorySegment wire = MemorySegment.ofArray(bytes);
        MemorySegment.copy(payload, 0, wire, HEADER_BYTES, payload.byteSize());
        seal(wire);
        return bytes;
    }

    /**
     * Reads a message and checks everything but the meaning of its words.
     *
     * @throws PermanentException for a wrong magic, version, parameter set, shape or length
     * @throws RetriableException for a truncated body or a wrong digest
     */
    public static EncryptedTensor read(MemorySegment wire) {
        EncryptedTensor tensor = readHeader(wire);
        MemorySegment stated = wire.asSlice(DIGEST_OFFSET, Blake3.BYTES);
        if (!MessageDigest.isEqual(stated.toArray(ValueLayout.JAVA_BYTE), digest(wire))) {
            throw new RetriableException(Problem.of(ProblemCode.DIGEST_MISMATCH)
                    .detail("encrypted tensor of %d bytes", wire.byteSize())
                    .remedy("send the same bytes again"));
        }
        return tensor;
    }

    /** The digest that a message states, in hexadecimal: it stands for all of its bytes. @param wire checked by {@link #read} or {@link #readHeader} */
    public static String statedDigest(MemorySegment wire) {
        return HexFormat.of()
                .formatHex(wire.asSlice(DIGEST_OFFSET, Blake3.BYTES).toArray(ValueLayout.JAVA_BYTE));
    }

    /** As {@link #read}, without the digest: for bytes whose digest was checked when they were stored. */
    public static EncryptedTensor readHeader(MemorySegment wire) {
        if (wire.byteSize() < HEADER_BYTES) {
            throw truncated(wire.byteSize(), HEADER_BYTES);
        }
        if (wire.get(U32, 0) != MAGIC) {
            throw malformed("magic: got %08x, expected %08x", wire.get(U32, 0), MAGIC);
        }
        int version = Short.toUnsignedInt(wire.get(U16, 4));
        if (version != VERSION) {
            throw new PermanentException(Problem.of(ProblemCode.UNSUPPORTED_VERSION)
                    .detail("encrypted tensor version: got %d, expected %d", version, VERSION)
                    .remedy("use a client and a server of the same release"));
        }
        LatticeParameters parameters =
                LatticeParameters.ofWireId(Byte.toUnsignedInt(wire.get(ValueLayout.JAVA_BYTE, 6)));
        int statedBits = Byte.toUnsignedInt(wire.get(ValueLayout.JAVA_BYTE, 7));
        if (statedBits != 16 && statedBits != 32) {
            throw malformed("bits per coefficient: got %d, expected 16 or 32", statedBits);
        }
        AnswerBits bits = AnswerBits.of(statedBits);
        int tokens = wire.get(U32, 8);
        int features = wire.get(U32, 12);
        requireShape(parameters, tokens, features);
        long payloadBytes = payloadBytes(bits, tokens, features);
        if (wire.get(U64, 16) != payloadBytes) {
            throw malformed("payload length: got %d, expected %d", wire.get(U64, 16), payloadBytes);
        }
        if (wire.get(U64, 24) != 0) {
            throw malformed("reserved: got %x, expected 0", wire.get(U64, 24));
        }
        if (wire.byteSize() < HEADER_BYTES + payloadBytes) {
            throw truncated(wire.byteSize(), HEADER_BYTES + payloadBytes);
        }
        if (wire.byteSize() > HEADER_BYTES + payloadBytes) {
            throw malformed("length: got %d bytes, expected %d", wire.byteSize(), HEADER_BYTES + payloadBytes);
        }
        return new EncryptedTensor(parameters, bits, tokens, features, wire.asSlice(HEADER_BYTES, payloadBytes));
    }

    private static byte[] digest(MemorySegment wire) {
        return Blake3.of(wire.asSlice(0, DIGEST_OFFSET), wire.asSlice(HEADER_BYTES));
    }

    private static void requireShape(LatticeParameters parameters, int tokens, int features) {
        int n = parameters.ringDimension();
        if (tokens <= 0 || tokens > MAX_TOKENS || tokens % n != 0) {
            throw wrongShape("tokens: got %d, expected a positive multiple of %d up to %d", tokens, n, MAX_TOKENS);
        }
        if (features <= 0 || features > MAX_FEATURES) {
            throw wrongShape("features: got %d, expected 1 to %d", features, MAX_FEATURES);
        }
    }

    private static PermanentException wrongShape(String format, Object... arguments) {
        return new PermanentException(Problem.of(ProblemCode.WRONG_SHAPE).detail(format, arguments));
    }

    private static PermanentException malformed(String format, Object... arguments) {
        return new PermanentException(Problem.of(ProblemCode.MALFORMED_TENSOR).detail(format, arguments));
    }

    private static RetriableException truncated(long got, long expected) {
        return new RetriableException(Problem.of(ProblemCode.TRUNCATED_BODY)
                .detail("encrypted tensor: got %d bytes, expected %d", got, expected)
                .remedy("send the same bytes again"));
    }
}
