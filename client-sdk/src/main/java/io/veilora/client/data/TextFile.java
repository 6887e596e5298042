package io.veilora.client.data;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of UTF-8 text. */
final class TextFile {
    private TextFile() {}

    /** @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a file that is empty or not UTF-8, naming the line */
    static String read(Path file) throws IOException {
        String text = decode(file);
        if (text.isBlank()) {
            throw DataFile.bad(file, 1, "is empty, and so is the rest of the file");
        }
        return text;
    }

    /** As {@link #read}; may be empty. */
    static String decode(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(in).toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            int line = 1;
            for (int i = 0; i < in.position(); i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            throw DataFile.bad(file, line, "is not UTF-8");
        }
    }
}
