package io.veilora.runtime;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.wire.AnswerBits;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Finds out whether there is a CUDA engine to be had here: a driver, a device, a kernel that runs on it, and, before anybody
 * relies on it, a small product that equals the reference's bit for bit.
 *
 * @param engine the caller closes it; empty if there is none
 * @param reason why there is none, or why it is not the kernel that was wanted; empty if all is as wanted
 */
record CudaChoice(Optional<ModularGemm> engine, String reason) {
    /** Tiles of every kind: whole, cut off in all three dimensions, more than one step and stage. */
    private static final int TOKENS = 67;

    private static final int INPUT_FEATURES = 450;
    private static final int OUTPUT_FEATURES = 131;

    /** @param setting the environment variable {@code VEILORA_CUDA}; may be null */
    static CudaChoice make(String setting) {
        Optional<CudaKernel> wanted = CudaKernel.wanted(setting);
        if (wanted.isEmpty()) {
            return none("VEILORA_CUDA=" + setting);
        }
        return CudaDriver.absence()
                .map(CudaChoice::none)
                .orElseGet(() -> firstThatWorks(CudaKernel.inOrderOfTrial(wanted.get())));
    }

    private static CudaChoice none(String reason) {
        return new CudaChoice(Optional.empty(), "no CUDA: " + reason);
    }

    private static CudaChoice firstThatWorks(List<CudaKernel> kernels) {
        List<String> reasons = new ArrayList<>();
        for (CudaKernel kernel : kernels) {
            try {
                return new CudaChoice(Optional.of(open(kernel)), String.join("; ", reasons));
            } catch (EngineUnavailableException e) {
                reasons.add("not " + e.getMessage());
            }
        }
        return none(String.join("; ", reasons));
    }

    /** The engine with this kernel, found equal to the reference on a small product. */
    static CudaGemm open(CudaKernel kernel) throws EngineUnavailableException {
        Optional<String> absence = CudaDriver.absence();
        if (absence.isPresent()) {
            throw new EngineUnavailableException(absence.get());
        }
        try {
            return checked(CudaGemm.open(kernel));
        } catch (VeiloraException e) {
            throw new EngineUnavailableException(
                    kernel.label() + ": " + e.problem().detail());
        } catch (IllegalStateException e) {
            throw new EngineUnavailableException(kernel.label() + ": " + e.getMessage());
        }
    }

    private static CudaGemm checked(CudaGemm engine) {
        try {
            selfCheck(engine);
            return engine;
        } catch (RuntimeException e) {
            try {
                engine.close();
            } catch (RuntimeException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    /** @throws IllegalStateException if the engine's answer is not the reference's */
    static void selfCheck(ModularGemm engine) {
        byte[] weights = new byte[INPUT_FEATURES * OUTPUT_FEATURES];
        new SplittableRandom(1).nextBytes(weights);
        try (ModularGemm reference = new ScalarGemm()) {
            for (Direction direction : Direction.values()) {
                byte[] expected = answer(reference, weights, direction);
                byte[] got = answer(engine, weights, direction);
                int wrong = Arrays.mismatch(expected, got);
                if (wrong != -1) {
                    throw new IllegalStateException(
                            "self-check: the %s product differs from the reference from byte %d of %d on"
                                    .formatted(direction.label(), wrong, expected.length));
                }
            }
        }
    }

    /** Of both forms of an answer, one in each direction. */
    private static byte[] answer(ModularGemm engine, byte[] weights, Direction direction) {
        boolean forward = direction == Direction.FORWARD;
        AnswerBits answerBits = forward ? AnswerBits.BITS_16 : AnswerBits.BITS_32;
        byte[] words = new byte[TOKENS * (forward ? INPUT_FEATURES : OUTPUT_FEATURES) * Integer.BYTES];
        new SplittableRandom(2).nextBytes(words);
        byte[] answer = new byte[TOKENS * (forward ? OUTPUT_FEATURES : INPUT_FEATURES) * answerBits.bytes()];
        try (ResidentWeights resident = engine.load(MemorySegment.ofArray(weights), OUTPUT_FEATURES, INPUT_FEATURES)) {
            Product product =
                    new Product(MemorySegment.ofArray(words), TOKENS, MemorySegment.ofArray(answer), answerBits);
            engine.multiply(resident, direction, List.of(product));
        }
        return answer;
    }
}
