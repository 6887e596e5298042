package io.veilora.client.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void endsBeforeAStopStringThatComesInPieces() {
        StopStrings stops = new StopStrings(List.of("\nNote:", "END"));
        assertThat(stops.add("one\n")).isEqualTo("one");
        assertThat(stops.add("No")).isEmpty();
        assertThat(stops.stopped()).isFalse();
        assertThat(stops.add("te: two")).isEmpty();
        assertThat(stops.stopped()).isTrue();
        assertThat(stops.add("more") + stops.end()).isEmpty();
    }

    @Test
    void releasesWhatOnlyLookedLikeTheBeginningOfAStopString() {
        StopStrings stops = new StopStrings(List.of("END"));
        assertThat(stops.add("aEN")).isEqualTo("a");
        assertThat(stops.add("d")).isEqualTo("ENd");
        assertThat(stops.add("E")).isEmpty();
        assertThat(stops.end()).isEqualTo("E");
        assertThat(stops.stopped()).isFalse();
    }

    @Test
    void theFirstOfSeveralStopStringsCounts() {
        StopStrings stops = new StopStrings(List.of("zz", "b"));
        assertThat(stops.add("a b zz")).isEqualTo("a ");
        assertThat(stops.stopped()).isTrue();
    }
}
