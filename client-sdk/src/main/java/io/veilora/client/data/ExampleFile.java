package io.veilora.client.data;

import java.nio.file.Path;
import java.util.List;

/**
 * What a file holds.
 *
 * @param examples in the order of the file
 * @param leftOut mails in which there is nothing to learn ({@link MailArchive})
 */
public record ExampleFile(Path file, List<Example> examples, int leftOut) {
    public ExampleFile {
        examples = List.copyOf(examples);
    }

    /** A file of which nothing is left out. */
    ExampleFile(Path file, List<Example> examples) {
        this(file, examples, 0);
    }
}
