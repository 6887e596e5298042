package io.veilora.client.data;

import java.nio.file.Path;
import java.util.List;

/**
 * What a file holds.
 *
 * @param examples in the order of the file
 */
public record ExampleFile(Path file, List<Example> examples) {
    public ExampleFile {
        examples = List.copyOf(examples);
    }
}
