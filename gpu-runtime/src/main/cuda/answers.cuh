// The way out: residues of COUNT neighbouring features of one token become an answer of 32 or 16 bits, or a partial sum.
#pragma once
#include "gemm.cuh"
#include "modular.cuh"

/// Writes words as they are; whole and aligned groups in one or two stores.
template <int COUNT>
DEVICE void write_words(uint8_t* at, const uint32_t (&y)[COUNT], int count) {
    if (count == COUNT && COUNT % 4 == 0 && (uintptr_t)at % 16 == 0) {
#pragma unroll
        for (int i = 0; i + 3 < COUNT; i += 4) {
            *(uint4*)(at + 4 * i) = make_uint4(y[i], y[i + 1], y[i + 2], y[i + 3]);
        }
        return;
    }
#pragma unroll
    for (int i = 0; i < COUNT; i++) {
        if (i < count) {
            *(uint32_t*)(at + 4 * i) = y[i];
        }
    }
}

/// Rounds to 16 bits.
template <int COUNT>
DEVICE void write_half_words(uint8_t* at, const uint32_t (&y)[COUNT], int count) {
    uint32_t pairs[COUNT / 2];
#pragma unroll
    for (int i = 0; i < COUNT / 2; i++) {
        pairs[i] = half_word(y[2 * i]) | half_word(y[2 * i + 1]) << 16;
    }
    if (count == COUNT && (uintptr_t)at % (2 * COUNT) == 0) {
        if constexpr (COUNT == 8) {
            *(uint4*)at = make_uint4(pairs[0], pairs[1], pairs[2], pairs[3]);
        } else {
            *(uint32_t*)at = pairs[0];
        }
        return;
    }
#pragma unroll
    for (int i = 0; i < COUNT; i++) {
        if (i < count) {
            *(uint16_t*)(at + 2 * i) = (uint16_t)(pairs[i / 2] >> (16 * (i % 2)));
        }
    }
}

template <int COUNT>
DEVICE void write_answer(const Gemm& gemm, int token, int feature, const uint32_t (&y)[COUNT]) {
    static_assert(COUNT == 2 || COUNT == 8, "one store writes 2 or 8 half words");
    if (token >= gemm.tokens || feature >= gemm.width) {
        return;
    }
    int left = gemm.width - feature;
    int count = left < COUNT ? left : COUNT;
    uint64_t row = gemm.rows[token];
    uint8_t* answer = gemm.answers + (row >> 1);
    if (row & 1) {
        write_words(answer + (size_t)feature * 4, y, count);
    } else {
        write_half_words(answer + (size_t)feature * 2, y, count);
    }
}

/// Of a block's tile: the answer itself where there is one split, else this split's share of it.
template <int COUNT>
DEVICE void write_sums(const Gemm& gemm, int token, int feature, const uint32_t (&y)[COUNT]) {
    if (gemm.partials == nullptr) {
        write_answer(gemm, token, feature, y);
    } else if (token < gemm.tokens && feature < gemm.width) {
        size_t row = (size_t)blockIdx.y * gemm.tokens + token;
        int left = gemm.width - feature;
        write_words((uint8_t*)(gemm.partials + row * gemm.width + feature), y, left < COUNT ? left : COUNT);
    }
}
