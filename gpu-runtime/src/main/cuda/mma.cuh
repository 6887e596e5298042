// The product on the tensor cores of compute capability 8.0 and above: mma.sync m16n8k32, s8 weights by u8 limbs.
//
// Eight warps share a tile of 128 features x 64 tokens, 64 x 16 each, for all four limbs: 128 sums a thread. A warp reads its
// weights once a step and multiplies them with every limb. Copies run STAGES - 1 steps ahead.
#pragma once
#include "answers.cuh"
#include "operands.cuh"

constexpr int MMA_STAGES = 4;

/// sums += weights x limbs over one step; sums[limb][i][u] is the 16 x 8 tile of features 8g + 2i, 8g + 2i + 1 and tokens 8u ..
template <bool FORWARD>
DEVICE void mma_step(const uint8_t* stage, int feature, int token, int g, int t, int32_t (&sums)[LIMBS][4][2][4]) {
    uint32_t w[8][4];
    mma_weights<FORWARD>(stage, feature, g, t, w);
#pragma unroll
    for (int limb = 0; limb < LIMBS; limb++) {
#pragma unroll
        for (int u = 0; u < 2; u++) {
            uint4 b = mma_limbs(stage, limb, token + 8 * u, g, t);
#pragma unroll
            for (int i = 0; i < 4; i++) {
                mma_m16n8k32(sums[limb][i][u], w[2 * i][0], w[2 * i + 1][0], w[2 * i][1], w[2 * i + 1][1], b.x, b.y);
                mma_m16n8k32(sums[limb][i][u], w[2 * i][2], w[2 * i + 1][2], w[2 * i][3], w[2 * i + 1][3], b.z, b.w);
            }
        }
    }
}

template <bool FORWARD>
DEVICE void mma_product(const Gemm& gemm) {
    uint8_t* stages = shared_memory();
    Tile tile = tile_of_block(gemm);
    int warp = threadIdx.x / 32;
    int g = threadIdx.x % 32 / 4;
    int t = threadIdx.x % 4;
    int feature = warp % 2 * 64;
    int token = warp / 2 * 16;
    int32_t sums[LIMBS][4][2][4] = {};

    for (int step = 0; step < MMA_STAGES - 1; step++) {
        copy_stage<FORWARD>(stages + step * STAGE_BYTES, gemm, tile, step);
    }
    for (int step = 0; step < tile.steps; step++) {
        copies_wait<MMA_STAGES - 2>();
        __syncthreads();  // this step has arrived for all, and nobody reads the last one any more
        int ahead = step + MMA_STAGES - 1;
        copy_stage<FORWARD>(stages + ahead % MMA_STAGES * STAGE_BYTES, gemm, tile, ahead);
        mma_step<FORWARD>(stages + step % MMA_STAGES * STAGE_BYTES, feature, token, g, t, sums);
    }
    copies_wait<0>();
    __syncthreads();

#pragma unroll
    for (int u = 0; u < 2; u++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
            uint32_t y[8];
#pragma unroll
            for (int j = 0; j < 8; j++) {
                int c = j % 2 * 2 + e;
                y[j] = residue(sums[0][j / 2][u][c], sums[1][j / 2][u][c], sums[2][j / 2][u][c], sums[3][j / 2][u][c]);
            }
            write_sums(gemm, tile.token + token + 8 * u + 2 * t + e, tile.feature + feature + 8 * g, y);
        }
    }
}
