/*
 * The yardstick of the CPU engine: how many multiply-accumulates mod q a core can do when nothing else is to be done. Words
 * are four u8 limbs, weights s8, and AVX-512's vpdpbusd adds four products to each of 16 int32 sums. Operands lie in the
 * first-level cache; nothing is packed, reduced, rounded or moved. 3 tokens × 4 limbs × 2 vectors of sums fill 24 registers.
 *
 * Prints 10^9 multiply-accumulates (all four limbs make one) a CPU second, the best of ten rounds. src/bench/gemm runs it.
 */
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

enum { TERMS = 512, TOKENS = 3, LIMBS = 4, FEATURES = 32, CALLS = 20000 };

static uint8_t limbs[TOKENS][TERMS / 4][LIMBS][4] __attribute__((aligned(64)));
static int8_t weights[TERMS / 4][FEATURES][4] __attribute__((aligned(64)));
static int32_t sums[TOKENS * LIMBS][FEATURES] __attribute__((aligned(64)));

__attribute__((noinline)) void multiply(int fours) {
    __m512i s[TOKENS * LIMBS][2];
    for (int i = 0; i < TOKENS * LIMBS; i++) {
        for (int j = 0; j < 2; j++) {
            s[i][j] = _mm512_setzero_si512();
        }
    }
    for (int k = 0; k < fours; k++) {
        __m512i left = _mm512_load_si512(weights[k]);
        __m512i right = _mm512_load_si512(weights[k] + 16);
#pragma GCC unroll 12
        for (int i = 0; i < TOKENS * LIMBS; i++) {
            __m512i x = _mm512_set1_epi32(*(const int32_t *)limbs[i / LIMBS][k][i % LIMBS]);
            s[i][0] = _mm512_dpbusd_epi32(s[i][0], x, left);
            s[i][1] = _mm512_dpbusd_epi32(s[i][1], x, right);
        }
    }
#pragma GCC unroll 12
    for (int i = 0; i < TOKENS * LIMBS; i++) {
        for (int j = 0; j < 2; j++) {
            _mm512_store_si512(sums[i] + 16 * j, s[i][j]);
        }
    }
}

static int wrong(void) {
    for (int i = 0; i < TOKENS * LIMBS; i++) {
        for (int f = 0; f < FEATURES; f++) {
            int32_t sum = 0;
            for (int k = 0; k < TERMS; k++) {
                sum += limbs[i / LIMBS][k / 4][i % LIMBS][k % 4] * weights[k / 4][f][k % 4];
            }
            if (sum != sums[i][f]) {
                return 1;
            }
        }
    }
    return 0;
}

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(void) {
    if (!__builtin_cpu_supports("avx512vnni")) {
        fputs("no AVX-512 VNNI here\n", stderr);
        return 2;
    }
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof limbs; i++) {
        ((uint8_t *)limbs)[i] = (uint8_t)((random = random * 1664525 + 1013904223) >> 24);
    }
    for (size_t i = 0; i < sizeof weights; i++) {
        ((int8_t *)weights)[i] = (int8_t)((random = random * 1664525 + 1013904223) >> 24);
    }
    double best = 0;
    for (int round = 0; round < 10; round++) {
        double start = cpu_seconds();
        for (int call = 0; call < CALLS; call++) {
            multiply(TERMS / 4);
            __asm__ volatile("" ::: "memory");
        }
        double gmac = 1e-9 * CALLS * TOKENS * FEATURES * TERMS / (cpu_seconds() - start);
        best = gmac > best ? gmac : best;
    }
    if (wrong()) {
        fputs("wrong sums\n", stderr);
        return 1;
    }
    printf("%.1f\n", best);
    return 0;
}
