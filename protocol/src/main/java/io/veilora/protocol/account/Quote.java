package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonFormat;
import io.veilora.protocol.model.Direction;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;

/**
 * What a run would cost by the prices of now.
 *
 * @param tokens padded
 * @param bytes of requests and answers
 * @param at RFC 3339, when these prices were valid
 */
public record Quote(
        String model,
        String currency,
        String priceVersion,
        @JsonFormat(shape = JsonFormat.Shape.STRING) BigDecimal amount,
        long steps,
        long tokens,
        BigInteger multiplyAdds,
        long bytes,
        String at) {
    /** What a run will ask for. */
    public record Wanted(String model, List<Item> items) {}

    /**
     * Steps of one kind.
     *
     * @param kind of layer, by its label
     * @param tokens of each step, padded
     * @param answerBits 16 or 32
     */
    public record Item(String kind, Direction direction, long steps, int tokens, int answerBits) {}
}
