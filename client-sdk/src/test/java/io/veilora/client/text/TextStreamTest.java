package io.veilora.client.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextStreamTest {
    private static List<String> pieces(Tokenizer tokenizer, int... ids) {
        TextStream stream = new TextStream(tokenizer);
        List<String> pieces = new ArrayList<>();
        for (int id : ids) {
            pieces.add(stream.add(id));
        }
        pieces.add(stream.end());
        return pieces;
    }

    @Test
    void aCharacterOfSeveralTokensComesWholeAndThePiecesJoinToTheText() throws IOException {
        try (Tokenizer tokenizer = TinyTokenizer.open()) {
            String text = "the naïve 猫 and 🐈🐈!\n";
            List<String> pieces = pieces(tokenizer, tokenizer.encode(text));
            assertThat(String.join("", pieces)).isEqualTo(text);
            assertThat(pieces).noneMatch(piece -> piece.contains("\uFFFD")).contains("猫", "🐈", "");
        }
    }

    @Test
    void bytesThatNeverBecomeACharacterComeAtTheEndAsReplacement() throws IOException {
        try (Tokenizer tokenizer = TinyTokenizer.open()) {
            int[] ids = tokenizer.encode("ok猫");
            int[] cut = Arrays.copyOf(ids, ids.length - 1);
            List<String> pieces = pieces(tokenizer, cut);
            assertThat(pieces.getLast()).contains("\uFFFD");
            assertThat(String.join("", pieces)).isEqualTo(tokenizer.decode(cut));
        }
    }
}
