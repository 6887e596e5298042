package io.veilora.protocol.problem;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What happened, got and expected, why, and what to do: the body of every error answer (RFC 9457,
 * {@code application/problem+json}) and of a failed step's event. Never holds data or keys.
 *
 * @param code stable, for programs
 * @param title the same for every problem of this code
 * @param status HTTP status
 * @param retriable whether sending the identical bytes again can succeed
 * @param detail this occurrence: got and expected
 * @param remedy what the reader can do
 * @param stepId the step it is about, or null
 * @param retryAfterSeconds when to try again, or null
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Problem(
        ProblemCode code,
        String title,
        int status,
        boolean retriable,
        String detail,
        String remedy,
        String stepId,
        Long retryAfterSeconds) {

    /** The media type of a problem in an HTTP answer. */
    public static final String MEDIA_TYPE = "application/problem+json";

    /** A problem may come from the other side, and is shown on terminals and written into logs: one line, no escapes. */
    public Problem {
        title = printable(title);
        detail = printable(detail);
        remedy = printable(remedy);
        stepId = printable(stepId);
    }

    private static String printable(String text) {
        return text == null ? null : text.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]+", " ");
    }

    public static Problem of(ProblemCode code) {
        return new Problem(code, code.title(), code.httpStatus(), code.retriable(), null, null, null, null);
    }

    public Problem detail(String format, Object... arguments) {
        return new Problem(
                code, title, status, retriable, String.format(format, arguments), remedy, stepId, retryAfterSeconds);
    }

    public Problem remedy(String format, Object... arguments) {
        return new Problem(
                code, title, status, retriable, detail, String.format(format, arguments), stepId, retryAfterSeconds);
    }

    public Problem step(String id) {
        return new Problem(code, title, status, retriable, detail, remedy, id, retryAfterSeconds);
    }

    /** With the time after which trying again can help. */
    public Problem retryAfter(long seconds) {
        return new Problem(code, title, status, retriable, detail, remedy, stepId, seconds);
    }

    /** One paragraph for a person: title, detail, remedy, step id. */
    public String message() {
        StringBuilder text = new StringBuilder(title);
        if (detail != null) {
            text.append(": ").append(detail);
        }
        if (remedy != null) {
            text.append(". Remedy: ").append(remedy);
        }
        if (stepId != null) {
            text.append(" [step ").append(stepId).append(']');
        }
        return text.toString();
    }

    /** The exception of the family that {@link #retriable} names. */
    public VeiloraException toException() {
        return retriable ? new RetriableException(this) : new PermanentException(this);
    }
}
