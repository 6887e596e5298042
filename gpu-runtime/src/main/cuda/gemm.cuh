// One product of DESIGN §2 on the device, Y = B * W^T (forward) or B * W (backward) mod q, cut into limbs.
//
// A word b < 2^32 is four bytes, b = sum of 2^(8l) b_l; Y is the same sum of the products of its limbs. Each of those is
// exact in int32 as long as it has at most 65,536 terms: 65,536 * 255 * 128 < 2^31. Longer sums are split (partials), and so
// are products with too few tiles for the device.
//
// T tokens, d_in and d_out as in DESIGN; a product's depth is the length of its sums and its width that of an answer.
#pragma once
#include "device.cuh"

/// Java writes this structure byte for byte (CudaProduct): five addresses, then seven ints and padding, 72 bytes.
struct Gemm {
    const uint8_t* planes;    // limbs, (4, T, planePitch), zero from depth to planePitch
    const uint8_t* weights;   // int8, (d_out, weightPitch), zero from d_in to weightPitch
    const uint64_t* rows;     // (T): where a token's answer begins, in bytes times 2, plus 1 if it has 32 bits a value
    uint8_t* answers;
    uint32_t* partials;       // residues, (splits, T, width); null if there is one split
    int32_t tokens;
    int32_t depth;
    int32_t width;
    int32_t weightRows;       // d_out
    int32_t weightPitch;      // a multiple of DEPTH
    int32_t planePitch;       // depth rounded up to a multiple of DEPTH
    int32_t stepsPerSplit;    // of DEPTH terms each; at most 1024
};

constexpr int LIMBS = 4;
constexpr int TOKENS = 64;     // of one block's tile of the answer
constexpr int FEATURES = 128;  // of one block's tile of the answer
constexpr int DEPTH = 64;      // terms of one step: bytes of a row in shared memory
constexpr int THREADS = 256;

/// What one block computes: a tile of the answer over some of the steps.
struct Tile {
    int token;
    int feature;
    int firstStep;
    int steps;
};

/// Neighbouring blocks share their weights, which then come from the L2 cache.
DEVICE Tile tile_of_block(const Gemm& gemm) {
    int tokenTiles = (gemm.tokens + TOKENS - 1) / TOKENS;
    int allSteps = gemm.planePitch / DEPTH;
    Tile tile;
    tile.token = (int)(blockIdx.x % tokenTiles) * TOKENS;
    tile.feature = (int)(blockIdx.x / tokenTiles) * FEATURES;
    tile.firstStep = (int)blockIdx.y * gemm.stepsPerSplit;
    int left = allSteps > tile.firstStep ? allSteps - tile.firstStep : 0;
    tile.steps = left < gemm.stepsPerSplit ? left : gemm.stepsPerSplit;
    return tile;
}
