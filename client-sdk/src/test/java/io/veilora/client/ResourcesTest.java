package io.veilora.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResourcesTest {
    private final List<String> closed = new ArrayList<>();

    private AutoCloseable resource(String name, Exception failure) {
        return () -> {
            closed.add(name);
            if (failure != null) {
                throw failure;
            }
        };
    }

    @Test
    void allAreClosedInOrder() throws IOException {
        Resources.of(resource("a", null), null).and(resource("b", null)).close();
        assertThat(closed).containsExactly("a", "b");
    }

    @Test
    void oneThatFailsDoesNotKeepTheOthersOpenAndEveryFailureIsTold() {
        IOException first = new IOException("a");
        RuntimeException second = new IllegalStateException("c");
        Resources all = Resources.of(resource("a", first), resource("b", null), resource("c", second));
        assertThatThrownBy(all::close).isSameAs(first).hasSuppressedException(second);
        assertThat(closed).containsExactly("a", "b", "c");
    }

    @Test
    void twoThatFailWithOneExceptionAreBothClosed() {
        IOException same = new IOException("a");
        assertThatThrownBy(Resources.of(resource("a", same), resource("b", same))::close)
                .isSameAs(same)
                .hasNoSuppressedExceptions();
        assertThat(closed).containsExactly("a", "b");
    }

    @Test
    void anUncheckedFailureStaysOneAndAnyOtherIsAnIOException() {
        RuntimeException unchecked = new IllegalStateException("a");
        assertThatThrownBy(Resources.of(resource("a", unchecked), resource("b", null))::close)
                .isSameAs(unchecked);
        Exception other = new InterruptedException("a");
        assertThatThrownBy(Resources.of(resource("a", other))::close)
                .isInstanceOf(IOException.class)
                .hasCause(other);
        assertThat(closed).containsExactly("a", "b", "a");
    }

    @Test
    void whatFailsWhileClosingAfterAFailureIsSuppressed() {
        IOException failure = new IOException("opening failed");
        IOException second = new IOException("a");
        Resources.of(resource("a", second), resource("b", null)).closeAfter(failure);
        assertThat(failure).hasSuppressedException(second);
        assertThat(closed).containsExactly("a", "b");
    }
}
