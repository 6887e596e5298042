/*
 * The modular GEMM's inner parts, once for every instruction set. The including file defines
 *
 *   NAME(part)      the exported name of a part
 *   LANES           32-bit lanes of a vector
 *   ROWS, VECTORS   tokens and vectors of features whose sums fit the registers
 *   widened(b)      LANES bytes as int32 (gcc 12 converts such vectors byte by byte)
 *   dot(s, a, b)    s + a[2i]·b[2i] + a[2i+1]·b[2i+1] in each lane i of int32, a and b being int16
 *
 * The mathematics. A word b stands for its residue mod q = 2^32 − 2^20 + 1, so b − q may take its place. Chosen so that
 *
 *   b ≡ low + 2^16·high,   −2^15 ≤ low < 2^15,   −2^15 + 15 ≤ high < 2^15      (two 16-bit limbs)
 *
 * the limbs' products with int8 weights are summed in int32 by pairs, which is what VNNI's vpdpwssd and AVX2's vpmaddwd do
 * without saturation. Over BLOCK = 512 terms a sum of |limb| ≤ 2^15 times |weight| ≤ 2^7 lies in [−2^31 + 2^16, 2^31]: begun
 * at −1 it fits int32 exactly. Then low + 2^16·high is added to an int64, exact for 2^23 terms. Four u8 limbs and vpdpbusd
 * would do as many multiplications an instruction; two limbs need half the registers for sums and serve AVX2 too.
 *
 * Terms of a sum come in fours (0, 2) (1, 3), in limbs and weights alike: the order is free, and this one falls out of the
 * shifts that widen bytes. Missing terms are zeros on both sides.
 *
 * No memory is owned, allocated or checked here: every caller is NativeKernel.java, which checks.
 */
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))
#define INLINE static inline __attribute__((always_inline))

enum { BLOCK = 512, LIMB_STRIDE = BLOCK + 16, COLUMNS = LANES * VECTORS };

typedef int32_t vec32 __attribute__((vector_size(4 * LANES)));
typedef uint32_t uvec32 __attribute__((vector_size(4 * LANES)));
typedef int16_t vec16 __attribute__((vector_size(4 * LANES)));
typedef int64_t vec64 __attribute__((vector_size(4 * LANES)));
typedef double vecd __attribute__((vector_size(4 * LANES)));
typedef int8_t quarter8 __attribute__((vector_size(LANES)));
typedef int32_t half32 __attribute__((vector_size(2 * LANES)));
typedef int16_t half16 __attribute__((vector_size(2 * LANES)));

/* Asks for what the next block of terms will need there; an address beyond the weights does no harm. */
INLINE void prefetch(const int8_t *now, int64_t distance) {
    __builtin_prefetch((const void *)((uintptr_t)now + (uintptr_t)distance), 0, 2);
}

INLINE vec32 load(const void *from) {
    vec32 v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

/* The first bytes of a vector, the rest zero; reads nothing beyond them. */
INLINE vec32 load_some(const void *from, int64_t bytes) {
    if (bytes >= (int64_t)sizeof(vec32)) {
        return load(from);
    }
    union { vec32 v; uint8_t bytes[sizeof(vec32)]; } some = {.v = {0}};
    for (int64_t i = 0; i < bytes; i++) {
        some.bytes[i] = ((const uint8_t *)from)[i];
    }
    return some.v;
}

/* ---- words to limbs ---- */

INLINE vec32 limbs_of(uvec32 word) {
    uvec32 subtract_q = (uvec32)(word >= (uvec32){0} + 0x7FFF8000u);
    vec32 centred = (vec32)(word + (subtract_q & 0xFFFFFu));
    vec16 limbs = (vec16)((centred + 0x8000) ^ 0x8000);
    /* In each four words: low 0, low 2, high 0, high 2, low 1, low 3, high 1, high 3. */
    const vec16 order = ORDER_OF_LIMBS;
    return (vec32)__builtin_shuffle(limbs, order);
}

/* limbs (tokens, LIMB_STRIDE) from words (tokens, stride), of which count ≤ BLOCK are read. */
EXPORT void NAME(pack_words)(const uint8_t *words, int64_t stride, int64_t tokens, int64_t count, uint32_t *limbs) {
    for (int64_t t = 0; t < tokens; t++) {
        const uint8_t *row = words + 4 * t * stride;
        uint32_t *to = limbs + t * LIMB_STRIDE;
        for (int64_t k = 0; k < count; k += LANES) {
            vec32 word = load_some(row + 4 * k, 4 * (count - k));
            *(vec32 *)(to + k) = limbs_of((uvec32)word);
        }
    }
}

/* ---- weights to panels (BLOCK / 2, COLUMNS, 2) of int16 ---- */

/* Exchanges the off-diagonal squares of h lanes: rows 0 and h of a transposition. */
INLINE void exchange(vec32 *a, vec32 *b, int h) {
    const vec32 lane = {LOWER_LANES, UPPER_LANES};
    vec32 second = (lane & h) != 0;
    vec32 low = lane + (second & (LANES - h));
    vec32 high = lane + (~second & h) + (second & LANES);
    vec32 x = __builtin_shuffle(*a, *b, low);
    *b = __builtin_shuffle(*a, *b, high);
    *a = x;
}

#define EXCHANGES(h)                          \
    _Pragma("GCC unroll 16")                  \
    for (int i = 0; i < LANES; i++) {         \
        if (!(i & (h))) {                     \
            exchange(&m[i], &m[i + (h)], h);  \
        }                                     \
    }

/* FORWARD: weights (features, stride), row-major, of which count ≤ BLOCK terms of each row are read. */
EXPORT void NAME(pack_rows)(const int8_t *weights, int64_t stride, int64_t features, int64_t count, int16_t *panel) {
    for (int64_t k = 0; k < count; k += 4 * LANES) {
        for (int64_t first = 0; first < COLUMNS; first += LANES) {
            vec32 m[LANES];
            _Pragma("GCC unroll 16")
            for (int i = 0; i < LANES; i++) {
                const int8_t *row = weights + (first + i) * stride + k;
                m[i] = first + i < features ? load_some(row, count - k) : (vec32){0};
                prefetch(row, BLOCK);
            }
            EXCHANGES(1)
            EXCHANGES(2)
            EXCHANGES(4)
#if LANES == 16
            EXCHANGES(8)
#endif
            /* m[i] holds terms 4i .. 4i + 3 of LANES features. */
            vec32 *to = (vec32 *)(panel + k * COLUMNS + 2 * first);
            _Pragma("GCC unroll 16")
            for (int i = 0; i < LANES; i++) {
                vec16 bytes = (vec16)m[i];
                to[2 * i * VECTORS] = (vec32)((bytes << 8) >> 8);
                to[(2 * i + 1) * VECTORS] = (vec32)(bytes >> 8);
            }
        }
    }
}

/* The first count ≤ LANES bytes, one a lane, the rest zero. */
INLINE vec32 widen(const int8_t *from, int64_t count) {
    quarter8 bytes = {0};
    if (count == LANES) {
        __builtin_memcpy(&bytes, from, LANES);
    } else {
        for (int64_t i = 0; i < count; i++) {
            bytes[i] = from[i];
        }
    }
    return widened(bytes);
}

/* Four terms of some features; those beyond terms are zero. */
INLINE void pack_four(const int8_t *weights, int64_t stride, int64_t features, const int terms, vec32 *to) {
    vec32 row[4];
    _Pragma("GCC unroll 4")
    for (int i = 0; i < 4; i++) {
        row[i] = i < terms ? widen(weights + i * stride, features) : (vec32){0};
        prefetch(weights + i * stride, BLOCK * stride);
    }
    to[0] = (row[0] & 0xFFFF) | (row[2] << 16);
    to[VECTORS] = (row[1] & 0xFFFF) | (row[3] << 16);
}

/* BACKWARD: weights (count, stride), of which features ≤ COLUMNS of each row are read. */
EXPORT void NAME(pack_columns)(const int8_t *weights, int64_t stride, int64_t features, int64_t count, int16_t *panel) {
    for (int64_t first = 0; first < COLUMNS; first += LANES) {
        int64_t there = features - first < LANES ? (features > first ? features - first : 0) : LANES;
        const int8_t *from = there > 0 ? weights + first : weights;
        vec32 *to = (vec32 *)(panel + 2 * first);
        int64_t k = 0;
        if (there == LANES) {
            for (; k + 4 <= count; k += 4) {
                pack_four(from + k * stride, stride, LANES, 4, to + k / 2 * VECTORS);
            }
        }
        for (; k < count; k += 4) {
            pack_four(from + k * stride, stride, there, count - k < 4 ? (int)(count - k) : 4, to + k / 2 * VECTORS);
        }
    }
}

/* ---- the product ---- */

INLINE vec64 lower_half(vec32 v) {
    return __builtin_convertvector(__builtin_shufflevector(v, v, LOWER_LANES), vec64);
}

INLINE vec64 upper_half(vec32 v) {
    return __builtin_convertvector(__builtin_shufflevector(v, v, UPPER_LANES), vec64);
}

INLINE void multiply_rows(
        const int tokens, const uint32_t *limbs, int64_t pairs, const int16_t *panel, int64_t *sums, int64_t stride) {
    vec32 low[ROWS][VECTORS], high[ROWS][VECTORS];
    _Pragma("GCC unroll 8")
    for (int t = 0; t < tokens; t++) {
        _Pragma("GCC unroll 4")
        for (int v = 0; v < VECTORS; v++) {
            low[t][v] = (vec32){0} - 1;
            high[t][v] = (vec32){0};
        }
    }
    for (int64_t k = 0; k < pairs; k++) {
        const vec32 *weights = (const vec32 *)panel + k * VECTORS;
        _Pragma("GCC unroll 8")
        for (int t = 0; t < tokens; t++) {
            vec32 l = (vec32){0} + (int32_t)limbs[t * LIMB_STRIDE + 2 * k];
            vec32 h = (vec32){0} + (int32_t)limbs[t * LIMB_STRIDE + 2 * k + 1];
            _Pragma("GCC unroll 4")
            for (int v = 0; v < VECTORS; v++) {
                low[t][v] = dot(low[t][v], l, weights[v]);
                high[t][v] = dot(high[t][v], h, weights[v]);
            }
        }
    }
    _Pragma("GCC unroll 8")
    for (int t = 0; t < tokens; t++) {
        _Pragma("GCC unroll 4")
        for (int v = 0; v < VECTORS; v++) {
            vec64 *to = (vec64 *)(sums + t * stride + v * LANES);
            to[0] += lower_half(low[t][v]) + 1 + (lower_half(high[t][v]) << 16);
            to[1] += upper_half(low[t][v]) + 1 + (upper_half(high[t][v]) << 16);
        }
    }
}

/* sums (tokens, stride) += limbs (tokens, LIMB_STRIDE) · panel, over count ≤ BLOCK terms, in the first COLUMNS columns. */
EXPORT void NAME(multiply)(
        const uint32_t *limbs, int64_t tokens, int64_t count, const int16_t *panel, int64_t *sums, int64_t stride) {
    int64_t pairs = (count + 3) / 4 * 2;
    int64_t t = 0;
    for (; t + ROWS <= tokens; t += ROWS) {
        multiply_rows(ROWS, limbs + t * LIMB_STRIDE, pairs, panel, sums + t * stride, stride);
    }
    limbs += t * LIMB_STRIDE;
    sums += t * stride;
    switch (tokens - t) {
#if ROWS > 2
        case 5: multiply_rows(5, limbs, pairs, panel, sums, stride); break;
        case 4: multiply_rows(4, limbs, pairs, panel, sums, stride); break;
        case 3: multiply_rows(3, limbs, pairs, panel, sums, stride); break;
        case 2: multiply_rows(2, limbs, pairs, panel, sums, stride); break;
#endif
        case 1: multiply_rows(1, limbs, pairs, panel, sums, stride); break;
        default: break;
    }
}

/* ---- reduction, rounding, the way out ---- */

#define Q 4293918721.0
/* Adding and subtracting 1.5·2^52 rounds a double of magnitude up to 2^51 to an integer, which stands in its low bits. */
#define ROUND 0x1.8p52

INLINE vec64 bits_of(vecd d) { return (vec64)(d + ROUND); }

/* A sum of magnitude below 2^62 to a residue of magnitude at most q/2 and a hair. */
INLINE vecd centred(vec64 sum) {
    /* 2^32 ≡ 2^20 − 1: folded, below 2^51; every step from there on is exact but the quotient. */
    vec64 high = sum >> 32;
    vec64 folded = (high << 20) - high + (sum & 0xFFFFFFFF);
    const vecd round = (vecd){0} + ROUND;
    vecd x = (vecd)(folded + (vec64)round) - ROUND;
    vecd multiple = (x * (1 / Q) + ROUND) - ROUND;
    return x - multiple * Q;
}

/* Writes all bytes of a vector, or as many as are left of the row. */
INLINE void store_some(uint8_t *to, const uint8_t *bytes, const int64_t size, int64_t left) {
    if (left >= size) {
        __builtin_memcpy(to, bytes, size);
    } else {
        for (int64_t i = 0; i < left; i++) {
            to[i] = bytes[i];
        }
    }
}

/* words (tokens, width) little-endian from sums (tokens, stride): features of each row are written. */
EXPORT void NAME(write_words)(
        const int64_t *sums, int64_t stride, int64_t tokens, int64_t features, uint8_t *words, int64_t width) {
    for (int64_t t = 0; t < tokens; t++) {
        for (int64_t i = 0; i < features; i += LANES) {
            const vec64 *from = (const vec64 *)(sums + t * stride + i);
            union { half32 half[2]; vec32 v; uvec32 words; uint8_t bytes[sizeof(vec32)]; } out;
            out.half[0] = __builtin_convertvector(bits_of(centred(from[0])), half32);
            out.half[1] = __builtin_convertvector(bits_of(centred(from[1])), half32);
            /* q is −(2^20 − 1) mod 2^32. */
            out.words -= (uvec32)(out.v >> 31) & 0xFFFFFu;
            store_some(words + 4 * (t * width + i), out.bytes, sizeof out, 4 * (features - i));
        }
    }
}

/* The same rounded to 16 bits: y and y − q give the same ones, and no tie or doubt is possible (AnswerBlock.java). */
EXPORT void NAME(write_half_words)(
        const int64_t *sums, int64_t stride, int64_t tokens, int64_t features, uint8_t *words, int64_t width) {
    for (int64_t t = 0; t < tokens; t++) {
        for (int64_t i = 0; i < features; i += LANES) {
            const vec64 *from = (const vec64 *)(sums + t * stride + i);
            union { half32 half[2]; vec32 v; } rounded;
            rounded.half[0] = __builtin_convertvector(bits_of(centred(from[0]) * (0x1p16 / Q)), half32);
            rounded.half[1] = __builtin_convertvector(bits_of(centred(from[1]) * (0x1p16 / Q)), half32);
            union { half16 v; uint8_t bytes[sizeof(half16)]; } out;
            out.v = __builtin_convertvector(rounded.v, half16);
            store_some(words + 2 * (t * width + i), out.bytes, sizeof out, 2 * (features - i));
        }
    }
}

EXPORT int64_t NAME(columns)(void) { return COLUMNS; }
