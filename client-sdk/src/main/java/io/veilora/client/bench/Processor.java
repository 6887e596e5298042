package io.veilora.client.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The processor as the system names it; virtual machines often hide the model, so the family is told too. */
final class Processor {
    private static final Path LINUX = Path.of("/proc/cpuinfo");

    private Processor() {}

    static String name() {
        if (!Files.isReadable(LINUX)) {
            return System.getProperty("os.arch");
        }
        try {
            return name(Files.readString(LINUX));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }

    static String name(String cpuInfo) {
        Map<String, String> first = new HashMap<>();
        for (String line : cpuInfo.split("\n")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                first.putIfAbsent(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip());
            }
        }
        String name = first.getOrDefault("model name", System.getProperty("os.arch"));
        return first.containsKey("cpu family")
                ? name + " (family " + first.get("cpu family") + ", model " + first.get("model") + ")"
                : name;
    }
}
