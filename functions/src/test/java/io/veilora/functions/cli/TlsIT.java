package io.veilora.functions.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.cli.Veilora;
import io.veilora.functions.gateway.ApiKeyFile;
import io.veilora.protocol.wire.ProtocolJson;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged server with a certificate of its own, and the commands of accounts against it. */
class TlsIT {
    private static final String PASSWORD = "for-this-test";

    @TempDir
    Path folder;

    private Process server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.destroyForcibly();
        }
    }

    @Test
    void aClientThatTrustsTheCertificateIsServedOthersAreNot() throws Exception {
        Path certificate = makeCertificate();
        String url = start(certificate);
        assertThat(url).startsWith("https://");
        String operator = ApiKeyFile.operatorPath(folder.resolve("data")).toString();
        String trust = certificate.toString();
        assertThat(run(0, url, operator, "tenants", "create", "clinic", "--steps-per-second", "9", "--ca-file", trust))
                .contains("clinic");
        Path key = folder.resolve("clinic-key");
        run(0, url, operator, "keys", "create", "--tenant", "clinic", "--out", key.toString(), "--ca-file", trust);
        assertThat(run(0, url, operator, "keys", "list", "--tenant", "clinic", "--ca-file", trust))
                .contains("steps,models:read,usage:read")
                .doesNotContain(Files.readString(key).strip());
        assertThat(run(0, url, operator, "tenants", "list", "--ca-file", trust)).contains("clinic", "9");
        assertThat(run(0, url, operator, "tenants", "audit", "--ca-file", trust))
                .contains("tenant.create", "key.create", "127.0.0.1");
        run(0, url, key.toString(), "usage", "--ca-file", trust);
        assertThat(run(1, url, key.toString(), "tenants", "list", "--ca-file", trust))
                .contains("may not be used for this");
        assertThat(run(1, url, operator, "tenants", "list", "--ca-file", operator))
                .contains("no readable certificates");
        assertThat(statusInClear(url)).as("no answer to plain HTTP").isEqualTo("none");
    }

    private static String statusInClear(String url) throws InterruptedException {
        URI clear = URI.create(url.replace("https://", "http://") + "/v1/models");
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(clear).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            return "none";
        }
    }

    private static String run(int expected, String url, String apiKeyFile, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--provider", url, "--api-key-file", apiKeyFile));
        StringWriter out = new StringWriter();
        int exit = Veilora.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(out, true))
                .execute(all.toArray(String[]::new));
        assertThat(exit).as("%s%n%s", all, out).isEqualTo(expected);
        return out.toString();
    }

    private String start(Path certificate) throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        Path log = folder.resolve("server.log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(System.getProperty("veilora.jvm.flags").split(" ")));
        command.addAll(List.of("-jar", new File("target/quarkus-app/quarkus-run.jar").getAbsolutePath()));
        command.addAll(List.of("server", "--port", "0", "--data", data.toString()));
        command.addAll(List.of("--tls-cert", certificate.toString()));
        command.addAll(List.of("--tls-key", folder.resolve("key.pem").toString()));
        server = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Path ready = data.resolve("server.json");
        long end = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!Files.exists(ready)) {
            assertThat(server.isAlive() && System.nanoTime() < end)
                    .as(Files.readString(log))
                    .isTrue();
            Thread.sleep(50);
        }
        return ProtocolJson.MAPPER.readTree(ready.toFile()).get("url").asText();
    }

    /** A self-signed one for this machine, by the JDK's keytool. */
    private Path makeCertificate() throws Exception {
        Path store = folder.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor()).isZero();
        KeyStore loaded = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        Key privateKey = loaded.getKey("server", PASSWORD.toCharArray());
        Files.writeString(folder.resolve("key.pem"), pem("PRIVATE KEY", privateKey.getEncoded()));
        byte[] certificate = loaded.getCertificate("server").getEncoded();
        return Files.writeString(folder.resolve("certificate.pem"), pem("CERTIFICATE", certificate));
    }

    private static String pem(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + kind + "-----\n";
    }
}
