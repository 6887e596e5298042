package io.veilora.client.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import org.apache.james.mime4j.dom.Body;
import org.apache.james.mime4j.dom.Entity;
import org.apache.james.mime4j.dom.Message;
import org.apache.james.mime4j.dom.Multipart;
import org.apache.james.mime4j.dom.TextBody;
import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.message.DefaultMessageBuilder;
import org.apache.james.mime4j.stream.Field;

/**
 * What a reply is made of.
 *
 * @param id the Message-ID, or null
 * @param inReplyTo the Message-ID of the mail that this one answers, or null
 * @param sender name and address as written, or an empty string
 * @param address the sender's e-mail address in lower case, or an empty string
 * @param subject or an empty string
 * @param text the first plain text part with {@code \n} line ends; null for a mail without one
 */
record MailMessage(String id, String inReplyTo, String sender, String address, String subject, String text) {

    /** @throws IOException for bytes that are no mail */
    static MailMessage parse(InputStream bytes) throws IOException {
        Message message = new DefaultMessageBuilder().parseMessage(bytes);
        try {
            List<Mailbox> from = message.getFrom() == null ? List.of() : List.copyOf(message.getFrom());
            Mailbox sender = from.isEmpty() ? null : from.getFirst();
            return new MailMessage(
                    id(message.getMessageId()),
                    inReplyTo(message),
                    sender == null ? "" : written(sender),
                    sender == null ? "" : sender.getAddress().toLowerCase(Locale.ROOT),
                    message.getSubject() == null ? "" : message.getSubject().strip(),
                    plainText(message));
        } finally {
            message.dispose();
        }
    }

    private static String written(Mailbox sender) {
        return sender.getName() == null ? sender.getAddress() : sender.getName() + " <" + sender.getAddress() + ">";
    }

    private static String inReplyTo(Message message) {
        Field direct = message.getHeader().getField("In-Reply-To");
        Field thread = message.getHeader().getField("References");
        return id(direct != null ? direct.getBody() : thread != null ? thread.getBody() : null);
    }

    /** The last {@code <id>} of a header; null for none. */
    private static String id(String header) {
        if (header == null) {
            return null;
        }
        int from = header.lastIndexOf('<');
        int to = header.lastIndexOf('>');
        return from >= 0 && to > from ? header.substring(from, to + 1) : null;
    }

    private static String plainText(Entity entity) throws IOException {
        Body body = entity.getBody();
        if (body instanceof Multipart parts) {
            for (Entity part : parts.getBodyParts()) {
                String text = plainText(part);
                if (text != null) {
                    return text;
                }
            }
            return null;
        }
        boolean attached = "attachment".equalsIgnoreCase(entity.getDispositionType());
        if (!(body instanceof TextBody text) || attached || !"text/plain".equalsIgnoreCase(entity.getMimeType())) {
            return null;
        }
        try (Reader reader = text.getReader()) {
            StringWriter out = new StringWriter();
            reader.transferTo(out);
            return out.toString().replace("\r\n", "\n");
        }
    }

    /** The Message-ID only: the rest is private. */
    @Override
    public String toString() {
        return "MailMessage[" + id + "]";
    }
}
