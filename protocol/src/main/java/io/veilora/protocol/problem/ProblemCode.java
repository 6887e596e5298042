package io.veilora.protocol.problem;

/** What can go wrong between client and provider: a stable code, its HTTP status, and whether trying again can help. */
public enum ProblemCode {
    MALFORMED_TENSOR(400, false, "The encrypted tensor cannot be read"),
    TRUNCATED_BODY(400, true, "The body is shorter than its header says"),
    DIGEST_MISMATCH(400, true, "The bytes do not have the digest that came with them"),
    UNSUPPORTED_VERSION(400, false, "The format version is not known here"),
    UNKNOWN_PARAMETERS(400, false, "The lattice parameter set is not known here"),
    WRONG_SHAPE(400, false, "The tensor has the wrong shape for this layer"),
    INVALID_REQUEST(400, false, "The request is not valid"),
    UNAUTHORIZED(401, false, "No valid API key came with the request"),
    FORBIDDEN(403, false, "The API key may not be used for this"),
    SPENT(402, false, "The month's budget is spent"),
    UNKNOWN_MODEL(404, false, "There is no such model"),
    UNKNOWN_LAYER(404, false, "The model has no such layer"),
    UNKNOWN_STEP(404, false, "There is no such step, or it has expired"),
    UNKNOWN_FILE(404, false, "The model has no such file"),
    UNKNOWN_ACCOUNT(404, false, "There is no such tenant or API key"),
    STEP_CONFLICT(409, false, "This step id was used for another body"),
    CONFLICT(409, false, "It exists already, or the Idempotency-Key was used for something else"),
    TOO_LARGE(413, false, "The request is larger than this server accepts"),
    TOO_MANY_REQUESTS(429, true, "Too many steps are in flight"),
    RATE_LIMITED(429, true, "The tenant's limit is reached"),
    CORRUPT_MODEL(500, false, "A stored model file does not match its manifest"),
    POISON_EVENT(500, false, "An event could not be read"),
    STEP_FAILED(500, true, "The step failed at the provider"),
    STORE_FULL(507, true, "The provider has no space left"),
    UNAVAILABLE(503, true, "The provider cannot answer now"),

    INTERNAL(500, false, "Something went wrong that should not"),
    INVALID_INPUT(422, false, "The input cannot be used"),
    UNSUPPORTED_MODEL(422, false, "This model is not supported"),
    NOT_FINITE(422, false, "A value is NaN or infinite"),
    INVALID_ANSWER(502, false, "The provider's answer is not valid"),
    DISK_FULL(507, false, "This machine has no space left");

    private final int httpStatus;
    private final boolean retriable;
    private final String title;

    ProblemCode(int httpStatus, boolean retriable, String title) {
        this.httpStatus = httpStatus;
        this.retriable = retriable;
        this.title = title;
    }

    public int httpStatus() {
        return httpStatus;
    }

    /** Whether sending the identical bytes again can succeed. */
    public boolean retriable() {
        return retriable;
    }

    public String title() {
        return title;
    }
}
