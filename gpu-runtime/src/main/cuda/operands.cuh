// From a stage to the registers that the tensor cores read. Registers hold four consecutive terms of one row.
//
// Terms may come in any order as long as both operands agree, and rows and columns too as long as the answer is written where
// they belong. The orders here make reads wide and answers of one thread neighbours. In lane 4g + t:
//   mma     term 16t + 4i is word i of a thread's 16 bytes; features 8g .. 8g+7
//   wgmma   terms 32s + 16r + 4t, the hardware's own order, for its limbs come straight from memory; features 2g, 2g+1
#pragma once
#include "stage.cuh"

/// Four rows of four bytes become their four columns.
DEVICE void transpose(uint32_t r0, uint32_t r1, uint32_t r2, uint32_t r3, uint32_t (&columns)[4]) {
    uint32_t low01 = __byte_perm(r0, r1, 0x5140);
    uint32_t low23 = __byte_perm(r2, r3, 0x5140);
    uint32_t high01 = __byte_perm(r0, r1, 0x7362);
    uint32_t high23 = __byte_perm(r2, r3, 0x7362);
    columns[0] = __byte_perm(low01, low23, 0x5410);
    columns[1] = __byte_perm(low01, low23, 0x7632);
    columns[2] = __byte_perm(high01, high23, 0x5410);
    columns[3] = __byte_perm(high01, high23, 0x7632);
}

/// mma: weights (feature 8g + j, terms 16t + 4i ..) in w[j][i], of the 64 features from `feature` on.
template <bool FORWARD>
DEVICE void mma_weights(const uint8_t* stage, int feature, int g, int t, uint32_t (&w)[8][4]) {
    const uint8_t* weights = stage + LIMB_BYTES;
    if constexpr (FORWARD) {
#pragma unroll
        for (int j = 0; j < 8; j++) {
            uint4 terms = *(const uint4*)(weights + forward_chunk(feature + 8 * g + j, t));
            w[j][0] = terms.x;
            w[j][1] = terms.y;
            w[j][2] = terms.z;
            w[j][3] = terms.w;
        }
    } else {
        int column = feature + 8 * g;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            uint2 rows[4];
#pragma unroll
            for (int b = 0; b < 4; b++) {
                rows[b] = *(const uint2*)(weights + backward_chunk(16 * t + 4 * i + b, column / 16) + column % 16);
            }
            uint32_t left[4];
            uint32_t right[4];
            transpose(rows[0].x, rows[1].x, rows[2].x, rows[3].x, left);
            transpose(rows[0].y, rows[1].y, rows[2].y, rows[3].y, right);
#pragma unroll
            for (int j = 0; j < 4; j++) {
                w[j][i] = left[j];
                w[4 + j][i] = right[j];
            }
        }
    }
}

/// mma: one limb of token g of the eight from `token` on, terms 16t ..
DEVICE uint4 mma_limbs(const uint8_t* stage, int limb, int token, int g, int t) {
    return *(const uint4*)(stage + limb_chunk(limb * TOKENS + token + g, t));
}

/// wgmma: weights of features `feature` + 2g and + 2g + 1, terms 32s + 4t .. and 32s + 16 + 4t .., in the order of A's registers.
template <bool FORWARD>
DEVICE void wgmma_weights(const uint8_t* stage, int feature, int g, int t, uint32_t (&a)[2][4]) {
    const uint8_t* weights = stage + LIMB_BYTES;
    int even = feature + 2 * g;
#pragma unroll
    for (int i = 0; i < 4; i++) {  // s = i / 2, r = i % 2
        uint32_t* registers = &a[i / 2][i % 2 * 2];
        if constexpr (FORWARD) {
            registers[0] = *(const uint32_t*)(weights + forward_chunk(even, i) + 4 * t);
            registers[1] = *(const uint32_t*)(weights + forward_chunk(even + 1, i) + 4 * t);
        } else {
            uint32_t pairs[4];
#pragma unroll
            for (int b = 0; b < 4; b++) {
                pairs[b] = *(const uint16_t*)(weights + backward_chunk(16 * i + 4 * t + b, even / 16) + even % 16);
            }
            uint32_t rows01 = __byte_perm(pairs[0], pairs[1], 0x5410);
            uint32_t rows23 = __byte_perm(pairs[2], pairs[3], 0x5410);
            registers[0] = __byte_perm(rows01, rows23, 0x6420);
            registers[1] = __byte_perm(rows01, rows23, 0x7531);
        }
    }
}
