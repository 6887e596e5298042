/* AVX-512 with VNNI: 32 registers hold 6 × 2 × 2 sums, two vectors of weights and a limb. */
#include <immintrin.h>
#define NAME(part) veilora_avx512vnni_##part
#define LANES 16
#define ROWS 6
#define VECTORS 2
#define LOWER_LANES 0, 1, 2, 3, 4, 5, 6, 7
#define UPPER_LANES 8, 9, 10, 11, 12, 13, 14, 15
#define ORDER_OF_LIMBS \
    {0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15, \
     16, 20, 17, 21, 18, 22, 19, 23, 24, 28, 25, 29, 26, 30, 27, 31}
#define widened(b) (vec32) _mm512_cvtepi8_epi32((__m128i)(b))
#define dot(s, a, b) (vec32) _mm512_dpwssd_epi32((__m512i)(s), (__m512i)(a), (__m512i)(b))
#include "kernel.h"
