/* AVX2: the dot product in two instructions. */
#include <immintrin.h>
#define NAME(part) veilora_avx2_##part
#define dot(s, a, b) ((s) + (vec32) _mm256_madd_epi16((__m256i)(a), (__m256i)(b)))
#include "lanes8.h"
