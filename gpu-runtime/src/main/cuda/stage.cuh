// A step's operands in shared memory: where each byte lies, and how it gets there.
//
// Rows are cut into chunks of 16 bytes, and chunks trade places within a line of 128 bytes, the width of all 32 banks, so that
// the reads of operands.cuh meet no bank twice:
//   limbs             256 rows (limb, token) of 64 terms; the 64-byte swizzle that wgmma reads: chunk ^ row/2
//   weights forward   128 rows (feature) of 64 terms; two rows a line: place ^ row/2
//   weights backward  64 rows (term) of 128 features: chunk ^ 2(row/4 ^ row/16)
#pragma once
#include "gemm.cuh"

constexpr int LIMB_BYTES = LIMBS * TOKENS * DEPTH;
constexpr int WEIGHT_BYTES = FEATURES * DEPTH;
constexpr int STAGE_BYTES = LIMB_BYTES + WEIGHT_BYTES;

DEVICE int limb_chunk(int row, int chunk) {
    return row * DEPTH + ((chunk ^ row >> 1) & 3) * 16;
}

DEVICE int forward_chunk(int feature, int chunk) {
    int place = (feature & 1) << 2 | chunk;
    return (feature >> 1) * 128 + (place ^ (feature >> 1 & 7)) * 16;
}

DEVICE int backward_chunk(int term, int chunk) {
    return term * FEATURES + (chunk ^ ((term >> 2 ^ term >> 4) & 3) << 1) * 16;
}

/// Starts copying one chunk, or zeros where the matrix has ended.
DEVICE void copy_chunk(uint8_t* shared, const uint8_t* matrix, size_t offset, bool inside) {
    copy_16_async(shared, matrix + (inside ? offset : 0), inside ? 16 : 0);
}

DEVICE void copy_limbs(uint8_t* stage, const Gemm& gemm, const Tile& tile, int term) {
#pragma unroll
    for (int i = threadIdx.x; i < LIMB_BYTES / 16; i += THREADS) {
        int row = i / 4;
        int chunk = i % 4;
        int token = tile.token + row % TOKENS;
        size_t offset = ((size_t)(row / TOKENS) * gemm.tokens + token) * gemm.planePitch + term + chunk * 16;
        copy_chunk(stage + limb_chunk(row, chunk), gemm.planes, offset, token < gemm.tokens);
    }
}

DEVICE void copy_forward(uint8_t* stage, const Gemm& gemm, const Tile& tile, int term) {
#pragma unroll
    for (int i = threadIdx.x; i < WEIGHT_BYTES / 16; i += THREADS) {
        int feature = tile.feature + i / 4;
        size_t offset = (size_t)feature * gemm.weightPitch + term + i % 4 * 16;
        copy_chunk(stage + forward_chunk(i / 4, i % 4), gemm.weights, offset, feature < gemm.weightRows);
    }
}

DEVICE void copy_backward(uint8_t* stage, const Gemm& gemm, const Tile& tile, int term) {
#pragma unroll
    for (int i = threadIdx.x; i < WEIGHT_BYTES / 16; i += THREADS) {
        int row = term + i / 8;
        int column = tile.feature + i % 8 * 16;
        size_t offset = (size_t)row * gemm.weightPitch + column;
        bool inside = row < gemm.weightRows && column < gemm.weightPitch;
        copy_chunk(stage + backward_chunk(i / 8, i % 8), gemm.weights, offset, inside);
    }
}

/// Starts copying step `step` of the tile, if there is one; one group of copies either way.
template <bool FORWARD>
DEVICE void copy_stage(uint8_t* stage, const Gemm& gemm, const Tile& tile, int step) {
    if (step < tile.steps) {
        int term = (tile.firstStep + step) * DEPTH;
        copy_limbs(stage, gemm, tile, term);
        if (FORWARD) {
            copy_forward(stage + LIMB_BYTES, gemm, tile, term);
        } else {
            copy_backward(stage + LIMB_BYTES, gemm, tile, term);
        }
    }
    copies_commit();
}
