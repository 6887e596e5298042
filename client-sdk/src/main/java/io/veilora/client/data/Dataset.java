package io.veilora.client.data;

import io.veilora.client.text.Tokenizer;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
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
     * Reads and tokenizes a file of JSON lines.
     *
     * @param maxTokens most tokens that a record may have: the smaller of the model's context and a micro-batch
     * @throws io.veilora.protocol.problem.PermanentException INVALID_INPUT naming the file and the first bad line
     */
    public static Dataset read(Path file, Tokenizer tokenizer, int maxTokens) throws IOException {
        List<TokenizedRecord> records = new ArrayList<>();
        for (DataRecord record : DataFile.read(file)) {
            int[] completion = tokenizer.encode(record.completion());
            if (completion.length == 0) {
                throw DataFile.bad(file, record.line(), "has no completion tokens");
            }
            TokenizedRecord tokenized = TokenizedRecord.of(
                    record.line(),
                    tokenizer.special().bos(),
                    tokenizer.encode(record.prompt()),
                    completion,
                    tokenizer.special().eos());
            if (tokenized.tokenCount() > maxTokens) {
                throw DataFile.bad(
                        file,
                        record.line(),
                        "is too long: got " + tokenized.tokenCount() + " tokens, expected at most " + maxTokens
                                + " (the model's context, or the tokens of a micro-batch)");
            }
            records.add(tokenized);
        }
        return new Dataset(records);
    }

    /** All tokens. */
    public long tokenCount() {
        return records.stream().mapToLong(TokenizedRecord::tokenCount).sum();
    }

    /** SHA-256 over tokens and labels, in lower-case hexadecimal: changes with the data and with the tokenizer. */
    public String digest() {
        MessageDigest digest = Sha256.newDigest();
        for (TokenizedRecord record : records) {
            ByteBuffer bytes = ByteBuffer.allocate(4 + 8 * record.tokenCount()).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt(record.tokenCount());
            for (int i = 0; i < record.tokenCount(); i++) {
                bytes.putInt(record.tokens()[i]).putInt(record.labels()[i]);
            }
            digest.update(bytes.flip());
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
