package io.veilora.client.data;

import io.veilora.client.text.Tokenizer;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * The records of a data file, tokenized.
 *
 * @param records in the order of the file, at least one
 */
public record Dataset(List<TokenizedRecord> records) {
    public Dataset {
        records = List.copyOf(records);
        if (records.isEmpty()) {
            throw new IllegalArgumentException("records: got none, expected at least one");
        }
    }

    /**
     * Reads and tokenizes a file whose name says its format ({@link DataFormat#of}).
     *
     * @param maxTokens most tokens that a record may have: the smaller of the model's context and a micro-batch
     * @throws io.veilora.protocol.problem.PermanentException INVALID_INPUT naming the file and the first bad line
     */
    public static Dataset read(Path file, Tokenizer tokenizer, int maxTokens) throws IOException {
        return DatasetReader.usual(tokenizer, maxTokens)
                .read(DataSource.of(file))
                .dataset();
    }

    /** All tokens. */
    public long tokenCount() {
        return records.stream().mapToLong(TokenizedRecord::tokenCount).sum();
    }

    /** All tokens that count in the loss. */
    public long labelCount() {
        return records.stream().mapToLong(TokenizedRecord::labelCount).sum();
    }

    /** SHA-256 over tokens and labels, in lower-case hexadecimal: changes with the data and with the tokenizer. */
    public String digest() {
        MessageDigest digest = Sha256.newDigest();
        records.forEach(record -> record.addTo(digest));
        return HexFormat.of().formatHex(digest.digest());
    }
}
