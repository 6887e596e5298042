package io.veilora.runtime;

/** Native memory that is kept from use to use and replaced when one needs more. */
final class Reused<M extends AutoCloseable> implements AutoCloseable {
    /** Allocates, or throws naming the purpose. */
    @FunctionalInterface
    interface Allocation<M> {
        M allocate(String purpose, long bytes);
    }

    private final Allocation<M> allocation;
    private M memory;
    private long bytes;

    Reused(Allocation<M> allocation) {
        this.allocation = allocation;
    }

    /** Memory of at least {@code wanted} bytes; its content is undefined. */
    M atLeast(String purpose, long wanted) {
        if (wanted > bytes) {
            close();
            memory = allocation.allocate(purpose, wanted);
            bytes = wanted;
        }
        return memory;
    }

    @Override
    public void close() {
        if (memory != null) {
            M old = memory;
            memory = null;
            bytes = 0;
            try {
                old.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
