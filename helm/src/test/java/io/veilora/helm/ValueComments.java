package io.veilora.helm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The comment above every name of a values file, by the name's path. */
final class ValueComments {
    private static final Pattern NAME = Pattern.compile("^( *)([\\w./-]+):.*$");

    private record Level(int indentation, String name) {}

    private ValueComments() {}

    static Map<String, String> read(Path file) throws IOException {
        Map<String, String> comments = new LinkedHashMap<>();
        Deque<Level> path = new ArrayDeque<>();
        List<String> pending = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            Matcher name = NAME.matcher(line);
            if (line.strip().startsWith("#")) {
                pending.add(line.strip().substring(1).strip());
            } else if (name.matches()) {
                int indentation = name.group(1).length();
                while (!path.isEmpty() && path.peekLast().indentation >= indentation) {
                    path.removeLast();
                }
                path.addLast(new Level(indentation, name.group(2)));
                comments.put(
                        path.stream().map(Level::name).collect(Collectors.joining(".")), String.join(" ", pending));
                pending.clear();
            } else {
                pending.clear();
            }
        }
        return comments;
    }
}
