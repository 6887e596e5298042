package io.veilora.client.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A linear axis between two round numbers with round ticks.
 *
 * @param step distance of two ticks: 1, 2 or 5 times a power of ten
 */
record Axis(double low, double high, double step) {
    private static final int MOST_TICKS = 6;

    /** The smallest round range around these values. */
    static Axis around(double lowest, double highest) {
        double range = highest > lowest ? highest - lowest : Math.max(Math.abs(highest), 1e-9);
        double rough = range / MOST_TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double step = power;
        for (double factor : new double[] {1, 2, 5, 10}) {
            if (power * factor >= rough * (1 - 1e-9)) {
                step = power * factor;
                break;
            }
        }
        double low = Math.floor(lowest / step + 1e-9) * step;
        double high = Math.ceil(highest / step - 1e-9) * step;
        return new Axis(low, high > low ? high : low + step, step);
    }

    /** The same for whole numbers: no ticks between them. */
    static Axis aroundWhole(double lowest, double highest) {
        Axis axis = around(lowest, highest);
        double low = Math.floor(lowest);
        return axis.step >= 1 ? axis : new Axis(low, Math.max(low + 1, Math.ceil(highest)), 1);
    }

    /** Where a value lies between {@code low} (0) and {@code high} (1). */
    double share(double value) {
        return (value - low) / (high - low);
    }

    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        long first = Math.round(low / step);
        long last = Math.round(high / step);
        for (long i = first; i <= last; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** A value in as many digits as the ticks need: 0.002, 1.5, 1200, 2e-05. */
    String label(double value) {
        if (step < 1e-4) {
            return value == 0 ? "0" : String.format(Locale.ROOT, "%.1e", value).replace(".0e", "e");
        }
        int decimals = Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9));
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
