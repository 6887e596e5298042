package io.veilora.functions.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The SDK's exceptions in the form of any other store's failure, see {@link StoreFailure}. */
final class S3Failure {
    static final int NOT_MODIFIED = 304;
    static final int NOT_FOUND = 404;
    static final int CONFLICT = 409;
    static final int EXISTS = 412;
    private static final int FULL = 507;

    private S3Failure() {}

    /** The HTTP status of an answer, or 0 if none came. */
    static int status(SdkException failure) {
        return failure instanceof S3Exception answered ? answered.statusCode() : 0;
    }

    /** Whether the bucket is there and the object is not; the answer to HEAD has no code, only the status. */
    static boolean isNoSuchObject(SdkException failure) {
        return failure instanceof S3Exception answered
                && answered.statusCode() == NOT_FOUND
                && (answered.awsErrorDetails() == null
                        || !"NoSuchBucket".equals(answered.awsErrorDetails().errorCode()));
    }

    /** @param what the operation, without a tenant's or a model's name */
    static IOException of(String what, SdkException failure) {
        if (failure instanceof AbortedException) {
            Thread.currentThread().interrupt();
            InterruptedIOException stopped = new InterruptedIOException("stopped while the object store worked");
            stopped.initCause(failure);
            return stopped;
        }
        int status = status(failure);
        String code = failure instanceof S3Exception answered && answered.awsErrorDetails() != null
                ? " " + answered.awsErrorDetails().errorCode()
                : "";
        String reason = status == 0 ? "no answer" : "status " + status + code;
        // The words by which DiskFull knows it.
        String full = status == FULL ? ", no space left" : "";
        return new IOException("object store, " + what + ": " + reason + full, failure);
    }
}
