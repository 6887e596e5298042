package io.veilora.functions.endtoend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Stands between client and server and writes down every byte that the client sends, one file a connection. */
final class RecordingProxy implements AutoCloseable {
    private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    private final ConcurrentLinkedQueue<Path> recordings = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();
    private final int serverPort;
    private final Path folder;

    RecordingProxy(int serverPort, Path folder) throws IOException {
        this.serverPort = serverPort;
        this.folder = Files.createDirectories(folder);
        Thread.ofVirtual().start(this::accept);
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    /** The files of all connections; complete once the proxy is closed. */
    List<Path> recordings() {
        return List.copyOf(recordings);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                Socket server = new Socket(listening.getInetAddress(), serverPort);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                open.add(client);
                open.add(server);
                Path recording = folder.resolve("connection-" + recordings.size());
                OutputStream record = Files.newOutputStream(recording);
                recordings.add(recording);
                Thread.ofVirtual().start(() -> pump(client, server, record));
                Thread.ofVirtual().start(() -> pump(server, client, OutputStream.nullOutputStream()));
            } catch (IOException e) {
                close();
            }
        }
    }

    private static void pump(Socket from, Socket to, OutputStream record) {
        byte[] buffer = new byte[1 << 16];
        try (from;
                to;
                record;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                record.write(buffer, 0, read);
                out.write(buffer, 0, read);
            }
        } catch (IOException e) {
            // One end is gone: the other goes too.
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
