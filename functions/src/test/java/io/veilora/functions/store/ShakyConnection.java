package io.veilora.functions.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A TCP way to a server on this machine that can be as bad as a network: each fault is for one connection. */
public final class ShakyConnection implements AutoCloseable {
    /** What becomes of a connection. */
    public enum Fault {
        /** Closed before a byte is read. */
        REFUSED,
        /** {@code 503 Slow Down}. */
        BUSY,
        /** The request is taken and never answered. */
        SILENT,
        /** The server does what was asked, and its answer is lost. */
        ANSWER_LOST,
        /** Ends after the first kilobytes of the answer. */
        ANSWER_CUT,
        /** Ends after the first kilobytes of the request. */
        REQUEST_CUT
    }

    private static final int CUT_BYTES = 4096;
    private static final byte[] SLOW_DOWN = ("HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);

    private final int target;
    private final ServerSocket listener;
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger suffered = new AtomicInteger();
    private volatile Fault always;

    public ShakyConnection(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** The next connections get these faults; those that are open end now. */
    public void next(Fault... coming) throws IOException {
        faults.addAll(List.of(coming));
        endAll();
    }

    /** All connections get this fault from now on, or none if it is null. */
    public void always(Fault fault) throws IOException {
        always = fault;
        endAll();
    }

    /** Connections that got a fault. */
    public int suffered() {
        return suffered.get();
    }

    private void endAll() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
        open.clear();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Fault fault = always != null ? always : faults.poll();
                if (fault != null) {
                    suffered.incrementAndGet();
                }
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client, fault));
            }
        } catch (IOException e) {
            // Closed: the end.
        }
    }

    private void serve(Socket client, Fault fault) {
        try (client) {
            switch (fault) {
                case null -> pass(client, Long.MAX_VALUE, Long.MAX_VALUE);
                case REFUSED -> client.setSoLinger(true, 0);
                case BUSY -> {
                    client.getInputStream().read(new byte[1 << 16]);
                    client.getOutputStream().write(SLOW_DOWN);
                    client.shutdownOutput();
                    client.getInputStream().transferTo(OutputStream.nullOutputStream());
                }
                case SILENT -> client.getInputStream().transferTo(OutputStream.nullOutputStream());
                case ANSWER_LOST -> pass(client, Long.MAX_VALUE, 0);
                case ANSWER_CUT -> pass(client, Long.MAX_VALUE, CUT_BYTES);
                case REQUEST_CUT -> pass(client, CUT_BYTES, Long.MAX_VALUE);
            }
        } catch (IOException e) {
            // One of the two went away: so does the other.
        } finally {
            open.remove(client);
        }
    }

    private void pass(Socket client, long requestBytes, long answerBytes) throws IOException {
        try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
            open.add(server);
            Thread there = Thread.ofVirtual().start(() -> {
                try {
                    copy(client.getInputStream(), server.getOutputStream(), requestBytes);
                    if (requestBytes < Long.MAX_VALUE) {
                        client.close();
                    }
                    server.close();
                } catch (IOException e) {
                    closeQuietly(server);
                }
            });
            copyAnswer(server.getInputStream(), client, answerBytes);
            client.close();
            open.remove(server);
            there.interrupt();
        }
    }

    /** Up to {@code limit} bytes; then whatever the server still says shows that it has done its work. */
    private static void copyAnswer(InputStream in, Socket client, long limit) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = limit;
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            int count = (int) Math.min(left, read);
            client.getOutputStream().write(buffer, 0, count);
            left -= count;
            if (left == 0) {
                return;
            }
        }
    }

    private static void copy(InputStream in, OutputStream out, long limit) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long left = limit;
        while (left > 0) {
            int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                return;
            }
            out.write(buffer, 0, read);
            out.flush();
            left -= read;
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (SocketException e) {
            // It was closed.
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        endAll();
    }
}
