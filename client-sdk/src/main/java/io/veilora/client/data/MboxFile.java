package io.veilora.client.data;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * The mails of an mbox file of any size (RFC 4155), one after the other; one mail is in memory at a time.
 *
 * <p>A mail begins below a separator: a line {@code From …} with a time and a year, at the start of the file or after an
 * empty line. Programs write it differently: {@code From ada@example.org Mon Mar  4 09:00:00 2024}, Thunderbird
 * {@code From - Mon Mar …}, Gmail with a time zone before the year, others behind it. A line {@code From Monday on,} is
 * text. Lines end with {@code \n} or {@code \r\n}. Not safe for use by several threads.
 */
final class MboxFile implements AutoCloseable {
    /** Providers take mails of some 25 to 50 MB, a third more once encoded. */
    private static final int LARGEST_MAIL = 64 << 20;

    private static final String FROM = "From ";
    private static final Pattern SEPARATOR =
            Pattern.compile("From .*\\d:\\d\\d(:\\d\\d)?(\\s+\\S+)?\\s+\\d{4}(\\s+[+-]\\d{4})?\\s*");
    private static final Pattern QUOTED = Pattern.compile(">+From ");

    private final Path file;
    private final int largestMail;
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(); // of the line
    private String line;
    private final ByteArrayOutputStream mail = new ByteArrayOutputStream();
    private int number;
    private boolean atSeparator;

    MboxFile(Path file) throws IOException {
        this(file, LARGEST_MAIL);
    }

    /** @param largestMail in bytes */
    MboxFile(Path file, int largestMail) throws IOException {
        this.file = file;
        this.largestMail = largestMail;
        this.in = Files.newInputStream(file);
    }

    /**
     * The next mail, without its separator and with {@code >From } unquoted.
     *
     * @return null at the end of the file
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for a file that does not begin with a separator, and for
     *     a mail that is too large, naming its number
     */
    byte[] next() throws IOException {
        if (number == 0) {
            readFirstSeparator();
        } else if (!atSeparator) {
            return null;
        }
        number++;
        mail.reset();
        atSeparator = false;
        boolean afterEmptyLine = false;
        while (!atSeparator && readLine()) {
            atSeparator = afterEmptyLine && isSeparator();
            if (!atSeparator) {
                addLine();
                afterEmptyLine = line.equals("\n") || line.equals("\r\n");
            }
        }
        return mail.toByteArray();
    }

    /** The number of the mail that {@link #next} read last, or could not read; from 1. */
    int number() {
        return number;
    }

    private void readFirstSeparator() throws IOException {
        readLine();
        if (!isSeparator()) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "%s, line 1: got no line \"From …\" with a time and a year, with which an mbox file begins",
                            file)
                    .remedy("export the mail folder as mbox, or give a folder of .eml files"));
        }
    }

    /** Reads a line with its end. */
    private boolean readLine() throws IOException {
        bytes.reset();
        boolean complete = false;
        while (!complete && (at < end || fill())) {
            int from = at;
            while (at < end && !complete) {
                complete = buffer[at++] == '\n';
            }
            requireRoom(at - from);
            bytes.write(buffer, from, at - from);
        }
        line = bytes.toString(StandardCharsets.ISO_8859_1); // keeps every byte; the mail itself says its character set
        return !line.isEmpty();
    }

    private boolean fill() throws IOException {
        at = 0;
        end = Math.max(0, in.read(buffer));
        return end > 0;
    }

    /** A line counts for the mail before it is known to be the next one's separator. */
    private void requireRoom(int more) {
        if ((long) mail.size() + bytes.size() + more > largestMail) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("%s, mail %d is larger than %,d bytes", file, Math.max(1, number), largestMail)
                    .remedy("remove this mail or its attachments, and export the folder again"));
        }
    }

    private boolean isSeparator() {
        return line.startsWith(FROM) && SEPARATOR.matcher(line).matches();
    }

    private void addLine() {
        boolean quoted = line.startsWith(">") && QUOTED.matcher(line).lookingAt();
        mail.writeBytes((quoted ? line.substring(1) : line).getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
