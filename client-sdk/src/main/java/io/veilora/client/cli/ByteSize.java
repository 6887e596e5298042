package io.veilora.client.cli;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as people write it: {@code 0}, {@code 500MB}, {@code 2.5 GB}, {@code 4GiB}. */
record ByteSize(long bytes) {
    private static final Pattern FORM =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*((?:[kMGT]i?)?B?)", Pattern.CASE_INSENSITIVE);
    private static final Map<Character, Integer> POWERS = Map.of('k', 1, 'm', 2, 'g', 3, 't', 4);

    /** For picocli. */
    static final class Converter implements ITypeConverter<ByteSize> {
        @Override
        public ByteSize convert(String text) {
            Matcher matcher = FORM.matcher(text.strip());
            if (!matcher.matches()) {
                throw new TypeConversionException("got '" + text + "', expected a size such as 0, 500MB or 2.5GB");
            }
            String unit = matcher.group(2).toLowerCase(Locale.ROOT);
            int power = unit.isEmpty() ? 0 : POWERS.getOrDefault(unit.charAt(0), 0);
            double factor = Math.pow(unit.contains("i") ? 1024 : 1000, power);
            return new ByteSize((long) (Double.parseDouble(matcher.group(1)) * factor));
        }
    }
}
