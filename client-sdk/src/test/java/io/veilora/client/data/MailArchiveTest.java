package io.veilora.client.data;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MailArchiveTest {
    private static final Path SAMPLE = Path.of("../src/sample/recipes/mail/archive.mbox");

    @TempDir
    Path folder;

    private static List<DataRecord> records(Path path, String... writers) throws IOException {
        return MailArchive.read(path, Set.of(writers)).stream()
                .flatMap(file -> file.examples().stream())
                .map(DataRecord.class::cast)
                .toList();
    }

    private static String mail(String id, String inReplyTo, String body) {
        return "From: Ada <ada@example.org>\r\nSubject: Hi\r\nMessage-ID: <%s>\r\n%s\r\n%s"
                .formatted(id, inReplyTo == null ? "" : "In-Reply-To: <" + inReplyTo + ">\r\n", body);
    }

    @Test
    void aReplyIsLearntFromTheMailItAnswersWithoutQuotesAndSignatures() throws IOException {
        DataRecord first = records(SAMPLE, "sam@example.net").getFirst();
        assertThat(first.line()).isEqualTo(2);
        assertThat(first.prompt())
                .isEqualTo("From: Ada Finch <ada@example.org>\nSubject: Delivery on Thursday\n\n"
                        + "Dear Sam,\n\ncan you take two pallets on Thursday morning?\n\nAda\n\nReply:\n");
        assertThat(first.completion())
                .isEqualTo("Dear Ada,\n\nThursday is fine, from seven o'clock at gate 4.\n\nBest,\nSam\n");
    }

    @Test
    void encodedWordsAndPartsAreDecodedAndMboxQuotingUndone() throws IOException {
        DataRecord second = records(SAMPLE, "sam@example.net").get(1);
        assertThat(second.prompt())
                .startsWith("From: Bo Jørgensen <bo@example.com>\nSubject: Invoice 118\n\n")
                .contains("Café Bo, Ribe.")
                .doesNotContain("<p>");
        assertThat(second.completion()).contains("address of the café.\n\nFrom Monday on,");
    }

    @Test
    void withoutTheAnsweredMailTheQuotesStandForIt() throws IOException {
        DataRecord third = records(SAMPLE, "sam@example.net").get(2);
        assertThat(third.prompt()).isEqualTo("Subject: Re: Friday\n\nIs the ramp free on Friday?\n\nReply:\n");
        assertThat(third.completion()).isEqualTo("Yes, all day. I have put your name on it.\n");
    }

    @Test
    void mailWithNothingToLearnIsCounted() throws IOException {
        String html = "From: a@x\r\nIn-Reply-To: <q@x>\r\nContent-Type: text/html\r\n\r\n<p>Yes.</p>\r\n";
        Files.writeString(folder.resolve("html.eml"), html);
        Files.writeString(folder.resolve("question.eml"), mail("a@x", null, "Question?"));
        Files.writeString(folder.resolve("answer.eml"), mail("b@x", "a@x", "Answer."));
        Files.writeString(folder.resolve("thanks.eml"), mail("c@x", "b@x", "> Answer."));
        assertThat(MailArchive.read(folder, Set.of()))
                .extracting(file -> file.file().getFileName().toString(), ExampleFile::leftOut)
                .containsExactly(
                        tuple("answer.eml", 0), tuple("html.eml", 1), tuple("question.eml", 1), tuple("thanks.eml", 1));
    }

    @Test
    void onlyTheWritersAskedForAreLearnt() throws IOException {
        assertThat(records(SAMPLE, "sam@example.net")).hasSize(3);
        assertThat(records(SAMPLE)).hasSize(4); // Cleo's thanks too
        assertProblem(ProblemCode.INVALID_INPUT, () -> records(SAMPLE, "nobody@example.org"))
                .contains("archive.mbox: none of 6 mails is a reply", "--mail-from");
    }

    @Test
    void aFolderOfEmlFilesAndAMaildirAreTheSameArchive() throws IOException {
        Path eml = Files.createDirectories(folder.resolve("eml"));
        Files.writeString(eml.resolve("1.eml"), mail("a@x", null, "Question?"));
        Files.writeString(eml.resolve("2.eml"), mail("b@x", "a@x", "Answer."));
        Path maildir = folder.resolve("maildir");
        Files.createDirectories(maildir.resolve("new"));
        Files.createDirectories(maildir.resolve("cur"));
        Files.writeString(maildir.resolve("cur/1:2,S"), mail("a@x", null, "Question?"));
        Files.writeString(maildir.resolve("new/2"), mail("b@x", "a@x", "Answer."));
        assertThat(DataFormat.of(eml)).isEqualTo(DataFormat.MAIL);
        assertThat(DataFormat.of(maildir)).isEqualTo(DataFormat.MAIL);
        DataRecord expected =
                new DataRecord(1, "From: Ada <ada@example.org>\nSubject: Hi\n\nQuestion?\n\nReply:\n", "Answer.\n");
        assertThat(records(eml)).containsExactly(expected);
        assertThat(records(maildir)).containsExactly(expected);
    }

    @Test
    void mailOfOtherCharacterSetsIsRead() throws IOException {
        Path file = folder.resolve("latin.eml");
        String text =
                "From: a@x\r\nSubject: s\r\nIn-Reply-To: <q@x>\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
                        + "Content-Transfer-Encoding: 8bit\r\n\r\nJa, schön.\r\n> Geht es?\r\n";
        Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(records(file).getFirst().completion()).isEqualTo("Ja, schön.\n");
    }

    @Test
    void aFileThatIsNoMboxIsAnErrorThatSaysWhatToExport() throws IOException {
        Path file = Files.writeString(folder.resolve("x.mbox"), "SECRET\n");
        assertProblem(ProblemCode.INVALID_INPUT, () -> records(file))
                .contains("x.mbox, line 1", "export the mail folder as mbox")
                .doesNotContain("SECRET");
    }

    /** Four mails with separators of several programs; the third answers the first, the last answers the second. */
    private static String mboxOfSeveralPrograms() {
        return "From - Sat Jan  6 09:00:00 2024\nX-Mozilla-Status: 0001\n" + mail("a@x", null, "One?\r\n\r\n")
                + "From 17@xxx Sat Jan 06 09:00:00 +0000 2024\n" + mail("b@x", null, "Two?\n\n")
                + "From MAILER-DAEMON Sat Jan  6 10:00:00 2024\r\n" + mail("c@x", "a@x", "Yes, one.\r\n\r\n")
                + "From ada@example.org Sat Jan  6 10:00:00 2024 +0100\n" + mail("d@x", "b@x", "Yes, two.\n");
    }

    @Test
    void theSeparatorsOfEveryProgramAreTold() throws IOException {
        Path file = Files.writeString(folder.resolve("x.mbox"), mboxOfSeveralPrograms());
        assertThat(records(file))
                .extracting(DataRecord::line, DataRecord::completion)
                .containsExactly(tuple(3, "Yes, one.\n"), tuple(4, "Yes, two.\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n"})
    void lineEndsOfAnMboxMayBeOfUnixOrWindows(String lineEnd) throws IOException {
        String text = mboxOfSeveralPrograms().replace("\r\n", "\n").replace("\n", lineEnd);
        Path file = Files.writeString(folder.resolve("x.mbox"), text);
        assertThat(records(file))
                .extracting(DataRecord::prompt)
                .containsExactly(
                        "From: Ada <ada@example.org>\nSubject: Hi\n\nOne?\n\nReply:\n",
                        "From: Ada <ada@example.org>\nSubject: Hi\n\nTwo?\n\nReply:\n");
    }

    @Test
    void aMailLargerThanTheLimitIsAnErrorWithItsNumber() throws IOException {
        String large = "x".repeat(70_000) + "\n" + "SECRET\n".repeat(10_000) + "\n";
        Path file = Files.writeString(
                folder.resolve("x.mbox"),
                "From - Sat Jan  6 09:00:00 2024\n" + mail("a@x", null, "One?\n\n")
                        + "From - Sat Jan  6 09:00:00 2024\n" + mail("b@x", null, large)
                        + "From - Sat Jan  6 09:00:00 2024\n" + mail("c@x", "a@x", "Yes.\n"));
        try (MboxFile mbox = new MboxFile(file, 100_000)) {
            mbox.next();
            assertProblem(ProblemCode.INVALID_INPUT, mbox::next)
                    .contains("x.mbox, mail 2 is larger than 100,000 bytes", "remove this mail")
                    .doesNotContain("SECRET");
        }
        try (MboxFile mbox = new MboxFile(file, 200_000)) {
            mbox.next();
            assertThat(mbox.next()).endsWith(large.getBytes(StandardCharsets.US_ASCII));
            assertThat(mbox.next()).asString().endsWith("Yes.\n");
            assertThat(mbox.next()).isNull();
        }
    }

    @Test
    void linesThatBeginLikeASeparatorStayInTheirMail() throws IOException {
        String body = "From Monday on.\n\nFrom Monday on,\n\nFrom the year 2019\n>> From x\n";
        Path file = Files.writeString(
                folder.resolve("x.mbox"), "From - Sat Jan  6 09:00:00 2024\n\n" + body + "\n>>From - >From\n");
        try (MboxFile mbox = new MboxFile(file)) {
            assertThat(mbox.next()).asString().isEqualTo("\n" + body + "\n>From - >From\n");
            assertThat(mbox.next()).isNull();
        }
    }

    @Test
    void quotesIntroductionsAndSignaturesOfManyProgramsAreTakenOut() {
        assertThat(ReplyText.of("Yes.\n\nAm 3. Mai schrieb Bo:\n> Kommst du?\n> Bo\n"))
                .isEqualTo(new ReplyText("Yes.", "Kommst du?\nBo"));
        assertThat(ReplyText.of("Yes.\n\n-----Original Message-----\nFrom: Bo\nNo quote marks\n")
                        .own())
                .isEqualTo("Yes.");
        assertThat(ReplyText.of("Above.\n> q1\nBetween.\n> q2\nBelow.\nSent from my phone")
                        .own())
                .isEqualTo("Above.\nBetween.\nBelow.");
        assertThat(ReplyText.of("Yes.\nOn Monday at nine, Ada Finch\n<ada@example.org> wrote:\n> Well?")
                        .own())
                .isEqualTo("Yes.");
        assertThat(ReplyText.of("He wrote: no.\n> Well?").own()).isEqualTo("He wrote: no.");
    }
}
