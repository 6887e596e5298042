/* 256-bit vectors: sixteen registers hold 2 × 2 × 3 sums, three vectors of weights and a limb. */
#define LANES 8
#define ROWS 2
#define VECTORS 3
#define LOWER_LANES 0, 1, 2, 3
#define UPPER_LANES 4, 5, 6, 7
#define ORDER_OF_LIMBS {0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15}
#define widened(b) (vec32) _mm256_cvtepi8_epi32(_mm_cvtsi64_si128((long long)(b)))
#include "kernel.h"
