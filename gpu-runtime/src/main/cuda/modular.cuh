// Arithmetic modulo q = 2^32 - 2^20 + 1, as io.veilora.runtime.ScalarGemm defines it.
#pragma once
#include "device.cuh"

constexpr uint64_t Q = 4293918721u;
constexpr uint64_t WRAP = (1u << 20) - 1;  // 2^32 mod q

/// sum mod q, for |sum| < 2^56. Each fold replaces 2^32 by WRAP and shortens the number by 12 bits.
DEVICE uint32_t residue(int64_t sum) {
    uint64_t x = (uint64_t)(sum + (int64_t)(Q << 24));  // the same residue, in 0 .. 2^57
    x = (x >> 32) * WRAP + (uint32_t)x;                 // below 2^45 + 2^32
    x = (x >> 32) * WRAP + (uint32_t)x;                 // below 3 * 2^32
    x = (x >> 32) * WRAP + (uint32_t)x;                 // below 2^32 + 2^21, hence below 2q
    return (uint32_t)(x >= Q ? x - Q : x);
}

/// The residue of limb0 + 2^8 limb1 + 2^16 limb2 + 2^24 limb3; sums of int32 magnitude give less than 2^56.
DEVICE uint32_t residue(int32_t limb0, int32_t limb1, int32_t limb2, int32_t limb3) {
    return residue((int64_t)limb0 + (int64_t)limb1 * (1 << 8) + (int64_t)limb2 * (1 << 16) + (int64_t)limb3 * (1 << 24));
}

/// round(y * 2^16 / q) mod 2^16; q is odd, so there are no ties.
DEVICE uint32_t half_word(uint32_t y) {
    return (uint32_t)((((uint64_t)y << 17) + Q) / (2 * Q)) & 0xFFFF;
}
