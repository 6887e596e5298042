package io.veilora.protocol.account;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.function.Function;

/**
 * A part of a list.
 *
 * @param next cursor of the next part, opaque; null if this is the last
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Page<T>(List<T> items, String next) {
    /**
     * The page of {@code found}, which holds one item more than {@code limit} if there are more.
     *
     * @param cursor of an item: the page after it
     */
    public static <T> Page<T> of(List<T> found, int limit, Function<T, String> cursor) {
        return found.size() <= limit
                ? new Page<>(found, null)
                : new Page<>(List.copyOf(found.subList(0, limit)), cursor.apply(found.get(limit - 1)));
    }
}
