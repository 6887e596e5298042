package io.veilora.runtime;

import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** From open to closed, once: uses overlap each other, the end waits for the uses that have begun. */
final class Lifetime {
    private final String subject;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean ended;

    /** @param subject what the error after the end is about */
    Lifetime(String subject) {
        this.subject = subject;
    }

    /** Runs {@code use}, or throws {@link IllegalStateException} after the end. */
    void use(Runnable use) {
        lock.readLock().lock();
        try {
            if (ended) {
                throw new IllegalStateException(subject + " closed");
            }
            use.run();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Waits for the running uses, then runs {@code release}; does nothing the second time. */
    void end(Runnable release) {
        lock.writeLock().lock();
        try {
            if (!ended) {
                ended = true;
                release.run();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }
}
