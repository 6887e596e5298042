package io.veilora.protocol.model;

/**
 * How Llama 3.1 stretches the rotary position embedding to a longer context: angles that turn slowly are divided by
 * {@code factor}, fast ones stay, those between are interpolated (Hugging Face's rope type {@code llama3}).
 *
 * @param factor at least 1
 * @param lowFrequencyFactor a frequency with fewer turns than this in the original context is divided
 * @param highFrequencyFactor one with more turns stays; larger than {@code lowFrequencyFactor}
 * @param originalContextLength tokens, before stretching
 */
public record RopeScaling(
        double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalContextLength) {
    public RopeScaling {
        if (!(factor >= 1)
                || !Double.isFinite(factor)
                || !(lowFrequencyFactor > 0)
                || !(highFrequencyFactor > lowFrequencyFactor)
                || !Double.isFinite(highFrequencyFactor)
                || originalContextLength <= 0) {
            throw HuggingFaceConfig.invalid(
                    "rope scaling: got factor %s, low_freq_factor %s, high_freq_factor %s and"
                            + " original_max_position_embeddings %d, expected factor >= 1, 0 < low < high and a positive"
                            + " length",
                    factor, lowFrequencyFactor, highFrequencyFactor, originalContextLength);
        }
    }
}
