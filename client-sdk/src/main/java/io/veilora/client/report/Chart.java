package io.veilora.client.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A line chart over optimizer steps as the report's template draws it: coordinates and texts, no mark-up and no colours.
 *
 * @param id unique in the page
 * @param description what the chart shows, in words and numbers, for those who cannot see it
 */
record Chart(String id, String title, String description, List<Tick> xTicks, List<Tick> yTicks, List<Line> lines) {
    static final int WIDTH = 640;
    static final int HEIGHT = 260;
    private static final int LEFT = 60;
    private static final int RIGHT = WIDTH - 12;
    private static final int TOP = 12;
    private static final int BOTTOM = HEIGHT - 34;
    private static final int MOST_POINTS = 1000;

    /** A point of a curve. */
    record Point(double x, double y) {}

    /**
     * A curve.
     *
     * @param marked whether each point gets a dot
     */
    record Series(String name, List<Point> points, boolean marked) {}

    /** A tick: its place along the axis in pixels, and its label. */
    record Tick(String at, String label) {}

    /** A dot and what it says when pointed at. */
    record Dot(String x, String y, String label) {}

    /**
     * A curve as drawn.
     *
     * @param number from 1: the colour
     * @param path SVG path data
     */
    record Line(int number, String name, String path, List<Dot> dots) {}

    /**
     * @param series at least one with a point
     * @param fromZero whether the upright axis begins at zero
     */
    static Chart of(String id, String title, String description, List<Series> series, boolean fromZero) {
        List<Point> all =
                series.stream().flatMap(curve -> curve.points().stream()).toList();
        Axis x = Axis.aroundWhole(min(all, true), max(all, true));
        Axis y = Axis.around(fromZero ? 0 : min(all, false), max(all, false));
        List<Line> lines = new ArrayList<>();
        for (Series curve : series) {
            lines.add(line(lines.size() + 1, curve, x, y));
        }
        List<Tick> xTicks = x.ticks().stream()
                .map(value -> new Tick(pixel(across(x, value)), x.label(value)))
                .toList();
        List<Tick> yTicks = y.ticks().stream()
                .map(value -> new Tick(pixel(down(y, value)), y.label(value)))
                .toList();
        return new Chart(id, title, description, xTicks, yTicks, lines);
    }

    private static Line line(int number, Series curve, Axis x, Axis y) {
        StringBuilder path = new StringBuilder();
        List<Dot> dots = new ArrayList<>();
        for (Point point : curve.marked() ? curve.points() : thinned(curve.points())) {
            String atX = pixel(across(x, point.x()));
            String atY = pixel(down(y, point.y()));
            path.append(path.isEmpty() ? 'M' : 'L').append(atX).append(' ').append(atY);
            if (curve.marked()) {
                String label = String.format(Locale.ROOT, "step %.0f: %.4f", point.x(), point.y());
                dots.add(new Dot(atX, atY, label));
            }
        }
        return new Line(number, curve.name(), path.toString(), dots);
    }

    /** At most {@value #MOST_POINTS} points: means of as many neighbours as that takes. */
    private static List<Point> thinned(List<Point> points) {
        int together = Math.ceilDiv(points.size(), MOST_POINTS);
        List<Point> means = new ArrayList<>();
        for (int from = 0; from < points.size(); from += together) {
            List<Point> part = points.subList(from, Math.min(points.size(), from + together));
            means.add(new Point(
                    part.stream().mapToDouble(Point::x).average().orElseThrow(),
                    part.stream().mapToDouble(Point::y).average().orElseThrow()));
        }
        return means;
    }

    private static double min(List<Point> points, boolean x) {
        return points.stream().mapToDouble(p -> x ? p.x() : p.y()).min().orElseThrow();
    }

    private static double max(List<Point> points, boolean x) {
        return points.stream().mapToDouble(p -> x ? p.x() : p.y()).max().orElseThrow();
    }

    private static double across(Axis axis, double value) {
        return LEFT + axis.share(value) * (RIGHT - LEFT);
    }

    private static double down(Axis axis, double value) {
        return BOTTOM - axis.share(value) * (BOTTOM - TOP);
    }

    private static String pixel(double at) {
        return String.format(Locale.ROOT, "%.1f", at);
    }
}
