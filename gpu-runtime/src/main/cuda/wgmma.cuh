// The product on Hopper's tensor cores (compute capability 9.0): wgmma m64n256k32, s8 weights by u8 limbs.
//
// Two warpgroups share a tile of 128 features x 64 tokens, 64 features each. The weights are the left operand, in registers, for
// the right one must have its terms side by side in shared memory, which the backward direction's weights have not and limbs
// always have. The 256 columns are the four limbs of 64 tokens, so one instruction multiplies the weights with all limbs.
#pragma once
#include "answers.cuh"
#include "operands.cuh"

constexpr int WGMMA_STAGES = 6;

/// The limbs of 32 terms as the right operand: 64-byte swizzle, 512 bytes from eight rows to the next eight.
DEVICE uint64_t limb_descriptor(const uint8_t* stage, int half) {
    uint64_t address = shared_address(stage) + half * 32;
    return (address & 0x3FFFF) >> 4 | (uint64_t)1 << 16 | (uint64_t)(512 >> 4) << 32 | (uint64_t)2 << 62;
}

/// The warpgroup's place in the tile, and the copies that run ahead of it.
struct WgmmaLoop {
    const Gemm& gemm;
    Tile tile;
    uint8_t* stages;
    int feature;
    int g;
    int t;

    template <bool FORWARD>
    DEVICE void copy(int step) const {
        copy_stage<FORWARD>(stages + step % WGMMA_STAGES * STAGE_BYTES, gemm, tile, step);
    }

    /// Starts sums += weights x limbs over one step, and ends the step before. `a` stays as it is until the next step's end.
    template <bool FORWARD>
    DEVICE void multiply(int step, uint32_t (&a)[2][4], int32_t (&sums)[128]) const {
        copies_wait<WGMMA_STAGES - 3>();
        fence_async_proxy();
        __syncthreads();  // this step has arrived for all, and for all the multiplication before the last has ended
        copy<FORWARD>(step + WGMMA_STAGES - 2);
        const uint8_t* stage = stages + step % WGMMA_STAGES * STAGE_BYTES;
        wgmma_weights<FORWARD>(stage, feature, g, t, a);
        wgmma_fence();
        wgmma_m64n256k32(sums, a[0], limb_descriptor(stage, 0));
        wgmma_m64n256k32(sums, a[1], limb_descriptor(stage, 1));
        wgmma_commit();
        wgmma_wait<1>();
    }
};

template <bool FORWARD>
DEVICE void wgmma_product(const Gemm& gemm) {
    int warp = threadIdx.x / 32;
    int g = threadIdx.x % 32 / 4;
    int t = threadIdx.x % 4;
    int feature = warp * 16;  // warps 0 to 3 are the first warpgroup
    Tile tile = tile_of_block(gemm);
    WgmmaLoop loop{gemm, tile, shared_memory(), feature, g, t};
    int32_t sums[128] = {};
    uint32_t even[2][4];
    uint32_t odd[2][4];

    for (int step = 0; step < WGMMA_STAGES - 2; step++) {
        loop.copy<FORWARD>(step);
    }
    // Two steps a turn, each with weights of its own; a branch around a step would make the compiler run them one by one.
    int pairs = tile.steps / 2;
    for (int step = 0; step < 2 * pairs; step += 2) {
        loop.multiply<FORWARD>(step, even, sums);
        loop.multiply<FORWARD>(step + 1, odd, sums);
    }
    wgmma_wait<0>();
    if (tile.steps % 2 != 0) {
        loop.multiply<FORWARD>(tile.steps - 1, even, sums);
        wgmma_wait<0>();
    }
    copies_wait<0>();

#pragma unroll
    for (int column = 0; column < 8; column++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
            uint32_t y[2];
#pragma unroll
            for (int h = 0; h < 2; h++) {
                int d = 4 * column + 2 * h + e;
                y[h] = residue(sums[d], sums[d + 32], sums[d + 64], sums[d + 96]);
            }
            write_sums(gemm, tile.token + 8 * column + 2 * t + e, tile.feature + feature + 2 * g, y);
        }
    }
}
