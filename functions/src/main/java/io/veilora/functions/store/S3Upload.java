package io.veilora.functions.store;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/** One object on its way into a bucket: in one piece, or in parts where it is large, and seen by nobody before its end. */
final class S3Upload {
    private static final String MEDIA_TYPE = "application/octet-stream";

    /** Of the header {@code If-None-Match}: only if there is no such object. */
    static final String ABSENT = "*";

    private final S3Client client;
    private final String bucket;
    private final long partBytes;

    S3Upload(S3Client client, String bucket, long partBytes) {
        this.client = client;
        this.bucket = bucket;
        this.partBytes = partBytes;
    }

    /** @param condition {@link #ABSENT}, or null to replace what is there; a status 412 says that it does not hold */
    void send(String name, MemorySegment bytes, String condition) {
        if (bytes.byteSize() <= partBytes) {
            client.putObject(
                    request -> request.bucket(bucket)
                            .key(name)
                            .contentType(MEDIA_TYPE)
                            .contentLength(bytes.byteSize())
                            .ifNoneMatch(condition),
                    body(bytes));
        } else {
            sendInParts(name, bytes, condition);
        }
    }

    private void sendInParts(String name, MemorySegment bytes, String condition) {
        String upload = client.createMultipartUpload(
                        request -> request.bucket(bucket).key(name).contentType(MEDIA_TYPE))
                .uploadId();
        try {
            List<CompletedPart> parts = new ArrayList<>();
            for (long from = 0; from < bytes.byteSize(); from += partBytes) {
                MemorySegment part = bytes.asSlice(from, Math.min(partBytes, bytes.byteSize() - from));
                parts.add(part(name, upload, parts.size() + 1, part));
            }
            client.completeMultipartUpload(request -> request.bucket(bucket)
                    .key(name)
                    .uploadId(upload)
                    .ifNoneMatch(condition)
                    .multipartUpload(all -> all.parts(parts)));
        } catch (SdkException e) {
            abort(name, upload, e);
            throw e;
        }
    }

    private CompletedPart part(String name, String upload, int number, MemorySegment bytes) {
        String etag = client.uploadPart(
                        request -> request.bucket(bucket)
                                .key(name)
                                .uploadId(upload)
                                .partNumber(number)
                                .contentLength(bytes.byteSize()),
                        body(bytes))
                .eTag();
        return CompletedPart.builder().partNumber(number).eTag(etag).build();
    }

    /** What cannot be aborted now is the lifecycle rule's: parts of an upload that never ended. */
    private void abort(String name, String upload, SdkException reason) {
        try {
            client.abortMultipartUpload(
                    request -> request.bucket(bucket).key(name).uploadId(upload));
        } catch (SdkException e) {
            reason.addSuppressed(e);
        }
    }

    private static RequestBody body(MemorySegment bytes) {
        return RequestBody.fromContentProvider(() -> new SegmentStream(bytes), bytes.byteSize(), MEDIA_TYPE);
    }
}
