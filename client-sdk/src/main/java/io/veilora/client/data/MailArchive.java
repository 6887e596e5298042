package io.veilora.client.data;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Mail to learn replies from: an mbox file, a Maildir ({@code cur} and {@code new}), or a folder of {@code .eml} files.
 *
 * <p>Of every reply one record. Prompt: {@code From:} and {@code Subject:} of the mail it answers, an empty line, what that
 * mail's writer wrote, and {@code Reply:}. That mail is taken from the archive by its Message-ID; where it is not there,
 * from the reply's own quotes, without {@code From:}. Completion: what the reply's writer wrote, without quotes and
 * signature, ending in a line end. Left out: mail that is no reply, mail without a plain text part, replies without text of
 * their own, and those of other writers than asked for.
 */
final class MailArchive {
    private record Found(Path file, int number, MailMessage mail) {}

    private final List<Found> mails = new ArrayList<>();
    private final Map<String, MailMessage> byId = new HashMap<>();

    private MailArchive() {}

    /** @param writers whose replies to learn, addresses in lower case; empty for everybody's */
    static List<ExampleFile> read(Path path, Set<String> writers) throws IOException {
        MailArchive archive = new MailArchive();
        if (Files.isDirectory(path)) {
            archive.readFolder(path);
        } else if (path.getFileName().toString().endsWith(".eml")) {
            archive.readMail(path);
        } else {
            archive.readMbox(path);
        }
        List<ExampleFile> replies = archive.replies(writers);
        if (replies.stream().allMatch(mail -> mail.leftOut() > 0)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "%s: none of %d mails is a reply with text to learn%s",
                            path, archive.mails.size(), writers.isEmpty() ? "" : " by the writers asked for")
                    .remedy("give a folder of sent mail as mbox, Maildir or .eml files, and your addresses with"
                            + " --mail-from"));
        }
        return replies;
    }

    private void readFolder(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = file.getFileName().toString();
                String parent = file.getParent().getFileName().toString();
                if (name.endsWith(".eml") || parent.equals("cur") || parent.equals("new")) {
                    readMail(file);
                } else if (name.endsWith(".mbox")) {
                    readMbox(file);
                }
            }
        }
    }

    private void readMail(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            add(file, 1, in);
        }
    }

    private void readMbox(Path file) throws IOException {
        try (MboxFile mbox = new MboxFile(file)) {
            for (byte[] mail = mbox.next(); mail != null; mail = mbox.next()) {
                add(file, mbox.number(), new ByteArrayInputStream(mail));
            }
        }
    }

    private void add(Path file, int number, InputStream bytes) {
        MailMessage mail;
        try {
            mail = MailMessage.parse(bytes);
        } catch (IOException | RuntimeException e) { // its message may quote the mail
            throw bad(file, number);
        }
        mails.add(new Found(file, number, mail));
        if (mail.id() != null) {
            byId.put(mail.id(), mail);
        }
    }

    private static PermanentException bad(Path file, int number) {
        return new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                .detail("%s, mail %d cannot be read", file, number)
                .remedy("remove this mail, or export the folder again"));
    }

    /** One file a mail, with the reply in it or left out. */
    private List<ExampleFile> replies(Set<String> writers) {
        List<ExampleFile> replies = new ArrayList<>();
        for (Found found : mails) {
            boolean wanted = writers.isEmpty() || writers.contains(found.mail().address());
            DataRecord reply = wanted ? reply(found) : null;
            replies.add(
                    reply == null
                            ? new ExampleFile(found.file(), List.of(), 1)
                            : new ExampleFile(found.file(), List.of(reply)));
        }
        return replies;
    }

    /** What there is to learn from a mail; null for nothing. */
    private DataRecord reply(Found found) {
        String prompt = found.mail().text() == null ? null : prompt(found.mail());
        String own = prompt == null ? "" : ReplyText.of(found.mail().text()).own();
        return own.isEmpty() ? null : new DataRecord(found.number(), prompt, own + "\n");
    }

    /** What a mail answers; null where that is not known. */
    private String prompt(MailMessage reply) {
        MailMessage answered = reply.inReplyTo() == null ? null : byId.get(reply.inReplyTo());
        if (answered != null && answered.text() != null) {
            String text = ReplyText.of(answered.text()).own();
            return "From: %s\nSubject: %s\n\n%s\n\nReply:\n".formatted(answered.sender(), answered.subject(), text);
        }
        String quoted = ReplyText.of(reply.text()).quoted();
        return quoted.isEmpty() ? null : "Subject: %s\n\n%s\n\nReply:\n".formatted(reply.subject(), quoted);
    }
}
