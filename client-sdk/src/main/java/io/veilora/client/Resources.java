package io.veilora.client;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Things that are closed together, in order, every one of them, even if closing another fails. */
record Resources(List<AutoCloseable> all) implements AutoCloseable {
    /** @param opened those that are null were never opened */
    static Resources of(AutoCloseable... opened) {
        return new Resources(Stream.of(opened).filter(Objects::nonNull).toList());
    }

    /** These, then others. */
    Resources and(AutoCloseable... more) {
        return new Resources(Stream.concat(all.stream(), of(more).all.stream()).toList());
    }

    /** Closes all after {@code failure}, which stays what is thrown. */
    void closeAfter(Throwable failure) {
        for (AutoCloseable resource : all) {
            try {
                resource.close();
            } catch (Exception e) {
                if (e != failure) { // or the failure could not be told
                    failure.addSuppressed(e);
                }
            }
        }
    }

    /** @throws IOException or an unchecked exception, the first one; the others are suppressed in it */
    @Override
    public void close() throws IOException {
        for (int i = 0; i < all.size(); i++) {
            try {
                all.get(i).close();
            } catch (Exception e) {
                new Resources(all.subList(i + 1, all.size())).closeAfter(e);
                throw thrown(e);
            }
        }
    }

    private static IOException thrown(Exception failure) {
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        return failure instanceof IOException io ? io : new IOException("closing failed", failure);
    }
}
