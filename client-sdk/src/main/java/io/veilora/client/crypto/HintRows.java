package io.veilora.client.crypto;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.wire.HintCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The rows of one hint, packed as {@link HintCodec} writes them: mapped from a file, or fetched window by window. What is
 * read was checked against the manifest before.
 */
public interface HintRows {
    /** Rows that can be loaded at once, a multiple of 256 unless it is all of them or more. */
    int window();

    /**
     * Makes rows {@code first … first + count − 1} readable, until the next call or {@link #release}; waits while they are fetched.
     *
     * @param count at most {@link #window}
     * @throws io.veilora.protocol.problem.VeiloraException if they cannot be had or are not those of the manifest
     */
    void load(int first, int count);

    /** Copies loaded rows to the start of {@code out}; several threads may do so at once. */
    void read(int first, int count, byte[] out);

    /** Gives the memory of loaded rows back. */
    void release();

    /** Says that the whole hint is needed soon, from its first row on; does not wait. */
    void prefetch();

    /**
     * A hint file.
     *
     * @param file usually mapped; must stay readable as long as these rows are used
     */
    static HintRows ofFile(MemorySegment file, LatticeParameters parameters, int rows) {
        HintCodec.requireHeader(file, parameters, rows);
        int rowBytes = HintCodec.rowBytes(parameters);
        return new HintRows() {
            @Override
            public int window() {
                return rows;
            }

            @Override
            public void load(int first, int count) {
                // a mapped file is always readable
            }

            @Override
            public void read(int first, int count, byte[] out) {
                long offset = HintCodec.rowOffset(parameters, first);
                MemorySegment.copy(file, ValueLayout.JAVA_BYTE, offset, out, 0, count * rowBytes);
            }

            @Override
            public void release() {
                if (file.isMapped()) {
                    file.unload(); // stays in the system's cache, but is no longer counted as ours
                }
            }

            @Override
            public void prefetch() {
                // the system reads ahead
            }
        };
    }
}
