/* AVX-VNNI: the 256-bit form of processors without AVX-512. */
#include <immintrin.h>
#define NAME(part) veilora_avxvnni_##part
#define dot(s, a, b) (vec32) _mm256_dpwssd_avx_epi32((__m256i)(s), (__m256i)(a), (__m256i)(b))
#include "lanes8.h"
