package io.veilora.client.text;

import java.util.List;

/** Passes text on until one of the stop strings appears; holds back what may be the beginning of one. */
final class StopStrings {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    StopStrings(List<String> stops) {
        this.stops = stops;
    }

    /** Takes the next piece and returns what may be shown; nothing after a stop string. */
    String add(String piece) {
        if (stopped) {
            return "";
        }
        held.append(piece);
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
            }
        }
        if (first >= 0) {
            stopped = true;
            return held.substring(0, first);
        }
        return release(held.length() - longestBeginning());
    }

    /** Whether a stop string has been seen. */
    boolean stopped() {
        return stopped;
    }

    /** What was held back, at the end of the text. */
    String end() {
        return stopped ? "" : release(held.length());
    }

    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (stop.startsWith(held.substring(held.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private String release(int length) {
        String text = held.substring(0, length);
        held.delete(0, length);
        return text;
    }
}
