package io.veilora.client.data;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Training and held-out records of one data set. Which side a record is on follows from its own tokens and labels (the first
 * 63 bits of their SHA-256, as a number in [0, 1), are below the fraction): the same from run to run, for data in another
 * order and for data with more records; equal records are on the same side. So the share is close to the fraction, not
 * exactly it.
 */
public record HeldOutSplit(Dataset training, Dataset heldOut) {

    /**
     * @param fraction in (0, 1)
     * @throws PermanentException {@link ProblemCode#INVALID_INPUT} for another fraction, or when a side gets no record
     */
    public static HeldOutSplit of(Dataset data, double fraction) {
        if (!(fraction > 0 && fraction < 1)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("held-out fraction: got %s, expected more than 0 and less than 1", fraction)
                    .remedy("give for example --held-out-fraction 0.1"));
        }
        List<TokenizedRecord> training = new ArrayList<>();
        List<TokenizedRecord> heldOut = new ArrayList<>();
        for (TokenizedRecord record : data.records()) {
            (place(record) < fraction ? heldOut : training).add(record);
        }
        if (training.isEmpty() || heldOut.isEmpty()) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail(
                            "held-out fraction %s of %d records: got %d to train on and %d held out, expected some of both",
                            fraction, data.records().size(), training.size(), heldOut.size())
                    .remedy("give another --held-out-fraction, more data, or a file with --held-out"));
        }
        return new HeldOutSplit(new Dataset(training), new Dataset(heldOut));
    }

    private static double place(TokenizedRecord record) {
        long bits = ByteBuffer.wrap(record.digest()).getLong() >>> 1;
        return bits * 0x1p-63;
    }
}
