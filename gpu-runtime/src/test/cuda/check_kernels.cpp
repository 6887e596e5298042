// Every kernel on the emulated device against the definition of the result, at odd sizes and at the extremes. Built with
// AddressSanitizer: operands lie in allocations of their exact size. Prints one line a case; exit status 1 at the first wrong value.
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <stdexcept>
#include <vector>

#include "answers.cuh"
#include "emulated_kernels.h"
#include "mma.cuh"
#include "wgmma.cuh"

namespace {
struct Case {
    int tokens, inputFeatures, outputFeatures, splits;
    int weight;     // all weights; 1000: random
    int64_t word;   // all words; -1: random
};

struct Layer {
    const Case& sizes;
    bool forward;
    int depth, width;
    std::vector<int8_t> weights;  // (d_out, d_in)
    std::vector<uint32_t> words;  // (T, depth)

    Layer(const Case& c, bool isForward, std::mt19937_64& random)
        : sizes(c), forward(isForward), depth(forward ? c.inputFeatures : c.outputFeatures), width(forward ? c.outputFeatures : c.inputFeatures) {
        weights.resize((size_t)c.outputFeatures * c.inputFeatures);
        for (int8_t& w : weights) {
            w = (int8_t)(c.weight == 1000 ? random() : c.weight);
        }
        words.resize((size_t)c.tokens * depth);
        for (uint32_t& b : words) {
            b = (uint32_t)(c.word < 0 ? random() : c.word);
        }
    }

    /// The definition, as ScalarGemm has it: sums of less than 2^62.
    uint32_t answer(int token, int feature) const {
        int64_t sum = 0;
        for (int k = 0; k < depth; k++) {
            size_t at = forward ? (size_t)feature * sizes.inputFeatures + k : (size_t)k * sizes.inputFeatures + feature;
            sum += (int64_t)words[(size_t)token * depth + k] * weights[at];
        }
        int64_t rest = sum % 4293918721;
        return (uint32_t)(rest < 0 ? rest + 4293918721 : rest);
    }
};

int round_up(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

bool has_32_bits(int token) {
    return token % 3 == 1;
}

/// The layer on the device, in memory of exactly the size that CudaGemm allocates.
struct Device {
    const Layer& layer;
    int planePitch, weightPitch;
    std::unique_ptr<uint8_t[]> planes, weights, answers;
    std::unique_ptr<uint32_t[]> partials;
    std::vector<uint64_t> rows;

    explicit Device(const Layer& l) : layer(l), planePitch(round_up(l.depth, DEPTH)), weightPitch(round_up(l.sizes.inputFeatures, DEPTH)) {
        const Case& c = layer.sizes;
        planes.reset(new uint8_t[(size_t)LIMBS * c.tokens * planePitch]);
        weights.reset(new uint8_t[(size_t)c.outputFeatures * weightPitch]());
        for (int o = 0; o < c.outputFeatures; o++) {
            std::memcpy(&weights[(size_t)o * weightPitch], &layer.weights[(size_t)o * c.inputFeatures], c.inputFeatures);
        }
        uint64_t bytes = 0;
        for (int token = 0; token < c.tokens; token++) {
            bytes = (bytes + 3) / 4 * 4;
            rows.push_back(bytes << 1 | has_32_bits(token));
            bytes += (uint64_t)layer.width * (has_32_bits(token) ? 4 : 2);
        }
        answers.reset(new uint8_t[bytes]);
        if (c.splits > 1) {
            partials.reset(new uint32_t[(size_t)c.splits * c.tokens * layer.width]);
        }
    }

    void multiply(const std::string& kernel, size_t sharedBytes, emulation::Copies copies) {
        const Case& c = layer.sizes;
        const uint32_t* words = layer.words.data();
        uint8_t* limbs = planes.get();
        int depth = layer.depth;
        void* split[] = {&words, &limbs, &depth, &planePitch};
        emulation::launch("veilora_split", {(unsigned)round_up(planePitch / 4, 256) / 256, (unsigned)c.tokens, 1}, {256, 1, 1}, 0, copies, split);
        int steps = planePitch / DEPTH;
        int stepsPerSplit = (steps + c.splits - 1) / c.splits;
        Gemm gemm{limbs,    weights.get(), rows.data(), answers.get(), partials.get(), c.tokens, layer.depth,
                  layer.width, c.outputFeatures, weightPitch, planePitch, stepsPerSplit};
        unsigned tiles = (unsigned)(round_up(c.tokens, TOKENS) / TOKENS) * (round_up(layer.width, FEATURES) / FEATURES);
        void* product[] = {&gemm};
        emulation::launch(kernel, {tiles, (unsigned)c.splits, 1}, {THREADS, 1, 1}, sharedBytes, copies, product);
        if (c.splits > 1) {
            int splits = c.splits;
            void* sum[] = {&gemm, &splits};
            emulation::launch("veilora_sum", {(unsigned)round_up(layer.width, 1024) / 1024, (unsigned)c.tokens, 1}, {128, 1, 1}, 0, copies, sum);
        }
    }

    void check() const {
        for (int token = 0; token < layer.sizes.tokens; token++) {
            for (int feature = 0; feature < layer.width; feature++) {
                uint32_t y = layer.answer(token, feature);
                const uint8_t* row = &answers[rows[token] >> 1];
                uint32_t got = 0;
                uint32_t expected = has_32_bits(token) ? y : (uint32_t)((((unsigned __int128)y << 17) + Q) / (2 * Q)) & 0xFFFF;
                size_t bytes = has_32_bits(token) ? 4 : 2;
                std::memcpy(&got, row + feature * bytes, bytes);
                if (got != expected) {
                    std::printf("WRONG token %d feature %d: got %u, expected %u\n", token, feature, got, expected);
                    throw std::runtime_error("a wrong value");
                }
            }
        }
    }
};

const Case CASES[] = {
    {1, 1, 1, 1, 1000, -1},       {3, 1, 5, 1, 1000, -1},        {65, 7, 255, 1, 1000, -1},    {1, 64, 128, 1, 1000, -1},
    {64, 207, 129, 1, 1000, -1},  {130, 300, 257, 1, 1000, -1},  {5, 4098, 3, 1, 1000, -1},    {3, 1000, 72, 5, 1000, -1},
    {70, 513, 264, 3, 1000, -1},  {2, 15, 16, 1, -128, 0xFFFFFFFF}, {2, 4098, 5, 1, 127, 4293918720}, {2, 65536, 2, 1, -128, 0xFFFFFFFF},
    {2, 2, 65536, 1, -128, 0xFFFFFFFF}, {2, 70001, 2, 2, 127, 0x80000000}, {2, 3, 70001, 2, -128, 0x7FFFFFFF}, {2, 300, 3, 1, -1, 4293918721},
};

void check_all(const Case& c, std::mt19937_64& random) {
    for (bool forward : {true, false}) {
        Layer layer(c, forward, random);
        for (bool mma : {true, false}) {
            for (emulation::Copies copies : {emulation::Copies::AT_ONCE, emulation::Copies::WHEN_WAITED_FOR}) {
                if (layer.depth > 60000 && copies == emulation::Copies::AT_ONCE) {
                    continue;  // nothing new but the length of the sums, and it takes a second
                }
                Device device(layer);
                std::string kernel = std::string(mma ? "veilora_mma_" : "veilora_wgmma_") + (forward ? "forward" : "backward");
                device.multiply(kernel, (mma ? MMA_STAGES : WGMMA_STAGES) * STAGE_BYTES, copies);
                device.check();
                std::printf("right %s T %d d_in %d d_out %d splits %d\n", kernel.c_str(), c.tokens, c.inputFeatures, c.outputFeatures, c.splits);
            }
        }
    }
}
}  // namespace

int main() {
    try {
        std::mt19937_64 random(1);
        for (const Case& c : CASES) {
            check_all(c, random);
        }
        return 0;
    } catch (const std::exception& e) {
        std::printf("FAILED: %s\n", e.what());
        return 1;
    }
}
