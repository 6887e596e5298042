package io.veilora.client.data;

/** Tokens of a record: the shortest, the median, the one that 95 % do not exceed, the longest. */
public record LengthSummary(int shortest, int median, int percentile95, int longest) {

    public static LengthSummary of(Dataset data) {
        int[] lengths = data.records().stream()
                .mapToInt(TokenizedRecord::tokenCount)
                .sorted()
                .toArray();
        return new LengthSummary(lengths[0], ranked(lengths, 0.5), ranked(lengths, 0.95), lengths[lengths.length - 1]);
    }

    /** The nearest-rank percentile. */
    private static int ranked(int[] sorted, double share) {
        return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
    }
}
