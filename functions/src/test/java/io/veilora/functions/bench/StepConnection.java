package io.veilora.functions.bench;

import io.veilora.protocol.step.StepApi;
import io.veilora.protocol.step.StepTiming;
import io.veilora.protocol.wire.EncryptedTensor;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;

/** HTTP at the least cost to the machine that is measured: one connection, one request at a time, bodies from and to native memory. */
final class StepConnection implements AutoCloseable {
    private static final int BUFFER = 1 << 20;

    /** @param answerBytes of the body */
    record Answer(int status, long answerBytes, StepTiming timing) {}

    private final SocketChannel channel;
    private final String apiKey;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER);

    StepConnection(URI server, String apiKey) throws IOException {
        this.apiKey = apiKey;
        channel = SocketChannel.open(new InetSocketAddress(server.getHost(), server.getPort()));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        in.flip();
    }

    /** Sends a step with a new id and reads its answer to the end. @param body direct, of a whole message */
    Answer step(String path, ByteBuffer body) throws IOException {
        String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + apiKey
                + "\r\nContent-Type: " + EncryptedTensor.MEDIA_TYPE + "\r\n" + StepApi.IDEMPOTENCY_KEY + ": "
                + UUID.randomUUID() + "\r\nContent-Length: " + body.remaining() + "\r\n\r\n";
        ByteBuffer[] message = {ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)), body.duplicate()};
        while (message[1].hasRemaining()) {
            channel.write(message);
        }
        return answer();
    }

    private Answer answer() throws IOException {
        String status = line();
        long length = -1;
        StepTiming timing = null;
        for (String header = line(); !header.isEmpty(); header = line()) {
            int colon = header.indexOf(':');
            String value = header.substring(colon + 1).strip();
            switch (header.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "content-length" -> length = Long.parseLong(value);
                case "server-timing" -> timing = StepTiming.ofHeader(value);
                default -> {}
            }
        }
        if (length < 0) {
            throw new IOException("an answer without a length: " + status);
        }
        for (long left = length; left > 0; ) {
            if (!in.hasRemaining()) {
                fill();
            }
            int taken = (int) Math.min(left, in.remaining());
            in.position(in.position() + taken);
            left -= taken;
        }
        return new Answer(Integer.parseInt(status.split(" ")[1]), length, timing);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (!in.hasRemaining()) {
                fill();
            }
            char next = (char) in.get();
            if (next == '\n') {
                return line.toString();
            }
            if (next != '\r') {
                line.append(next);
            }
        }
    }

    private void fill() throws IOException {
        in.clear();
        if (channel.read(in) < 0) {
            throw new EOFException("the server closed the connection");
        }
        in.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
