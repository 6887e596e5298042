package io.veilora.client.data;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A mail's text taken apart.
 *
 * @param own what its writer wrote: without quotes, the line that introduces them, forwarded mail and the signature
 * @param quoted the quotes without their {@code >}
 */
record ReplyText(String own, String quoted) {
    /** {@code On Monday Ada wrote:}, in some languages, on one line or the last of two. */
    private static final Pattern INTRODUCTION = Pattern.compile(
            "(?i)(.*\\b(wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef)\\b.*:|.*<[^>]+@[^>]+>.*:)\\s*");

    private static final Pattern INTRODUCTION_BEGINS = Pattern.compile("(?i)(on|am|le|el|il|op) .*");

    /** What begins a mail below another one, as Outlook and others write it. */
    private static final Pattern OTHER_MAIL = Pattern.compile(
            "(?i)-{2,}\\s*(original message|forwarded message|ursprüngliche nachricht)\\s*-{2,}|_{10,}|begin forwarded message:");

    private static final Pattern DEVICE = Pattern.compile("(?i)(sent from my |gesendet von meine|envoyé de mon ).*");

    static ReplyText of(String text) {
        List<String> own = new ArrayList<>();
        List<String> quoted = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            if (isSignature(line) || OTHER_MAIL.matcher(line.strip()).matches()) {
                break;
            }
            if (line.startsWith(">")) {
                if (quoted.isEmpty()) {
                    removeIntroduction(own);
                }
                quoted.add(line.substring(line.startsWith("> ") ? 2 : 1));
            } else {
                own.add(line);
            }
        }
        return new ReplyText(joined(own), joined(quoted));
    }

    /** {@code -- } by RFC 3676, section 4.3; {@code --} as most write it. */
    private static boolean isSignature(String line) {
        return line.equals("-- ")
                || line.equals("--")
                || DEVICE.matcher(line.strip()).matches();
    }

    private static void removeIntroduction(List<String> own) {
        while (!own.isEmpty() && own.getLast().isBlank()) {
            own.removeLast();
        }
        if (!own.isEmpty() && INTRODUCTION.matcher(own.getLast()).matches()) {
            String line = own.removeLast();
            boolean second = !INTRODUCTION_BEGINS.matcher(line).matches()
                    && !own.isEmpty()
                    && INTRODUCTION_BEGINS.matcher(own.getLast()).matches();
            if (second) {
                own.removeLast();
            }
        }
    }

    private static String joined(List<String> lines) {
        return String.join("\n", lines.stream().map(String::stripTrailing).toList())
                .replaceAll("\n{3,}", "\n\n")
                .strip();
    }
}
