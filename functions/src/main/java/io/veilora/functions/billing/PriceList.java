package io.veilora.functions.billing;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Prices and when they are valid, versions in the order of their time and without gaps between them.
 *
 * @param currency as in EUR
 */
public record PriceList(String currency, List<Version> versions) {
    /** Every model without a price of its own. */
    private static final String ANY_MODEL = "*";

    /**
     * Prices of a period.
     *
     * @param from inclusive
     * @param until exclusive; null if nobody knows yet, for the last version only
     * @param models prices by model; {@code *} is every other
     */
    public record Version(String name, Instant from, Instant until, Map<String, Price> models) {
        Optional<Price> price(String model) {
            return Optional.ofNullable(models.getOrDefault(model, models.get(ANY_MODEL)));
        }

        private boolean holdsAt(Instant time) {
            return !time.isBefore(from) && (until == null || time.isBefore(until));
        }
    }

    /**
     * A part of a period under one version.
     *
     * @param version null where there was none
     */
    record Segment(Instant from, Instant until, Version version) {}

    /** @throws IllegalArgumentException naming the gap, overlap or repetition */
    public PriceList {
        versions = List.copyOf(versions);
        require(currency != null && !currency.isBlank(), "currency: expected one, as in EUR");
        require(!versions.isEmpty(), "versions: expected one at least");
        Set<String> names = new HashSet<>();
        Version before = null;
        for (Version version : versions) {
            require(names.add(version.name), "version " + version.name + ": the name is there twice");
            require(
                    version.until == null || version.from.isBefore(version.until),
                    "version " + version.name + ": ends at " + version.until + " before it begins at " + version.from);
            if (before != null) {
                require(
                        version.from.equals(before.until),
                        "between version " + before.name + " and " + version.name + ": got " + before.until + " and "
                                + version.from + ", expected no gap and no overlap");
            }
            before = version;
        }
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }

    Optional<Version> at(Instant time) {
        return versions.stream().filter(version -> version.holdsAt(time)).findFirst();
    }

    /** The period from {@code from} to {@code until}, cut where versions change. */
    List<Segment> segments(Instant from, Instant until) {
        List<Segment> segments = new ArrayList<>();
        Instant start = from;
        while (start.isBefore(until)) {
            Instant end = nextChange(start, until);
            segments.add(new Segment(start, end, at(start).orElse(null)));
            start = end;
        }
        return segments;
    }

    private Instant nextChange(Instant after, Instant latest) {
        Instant next = latest;
        for (Version version : versions) {
            for (Instant change :
                    version.until == null ? List.of(version.from) : List.of(version.from, version.until)) {
                if (change.isAfter(after) && change.isBefore(next)) {
                    next = change;
                }
            }
        }
        return next;
    }
}
