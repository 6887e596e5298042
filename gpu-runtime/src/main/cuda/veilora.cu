// The kernels, by the names under which Java asks for them (CudaModule).
#include "mma.cuh"
#ifdef HAS_WGMMA
#include "wgmma.cuh"
#endif

/// Words (T, depth) become planes of limbs (4, T, planePitch); grid (planePitch / 4 / 256 rounded up, T).
KERNEL(256) veilora_split(const uint32_t* words, uint8_t* planes, int32_t depth, int32_t planePitch) {
    int term = (int)(blockIdx.x * blockDim.x + threadIdx.x) * 4;
    if (term >= planePitch) {
        return;
    }
    const uint32_t* row = words + (size_t)blockIdx.y * depth;
    uint32_t word[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        word[i] = term + i < depth ? row[term + i] : 0;
    }
    uint32_t limbs[4];
    transpose(word[0], word[1], word[2], word[3], limbs);
#pragma unroll
    for (int limb = 0; limb < LIMBS; limb++) {
        size_t at = ((size_t)limb * gridDim.y + blockIdx.y) * planePitch + term;
        *(uint32_t*)(planes + at) = limbs[limb];
    }
}

/// The partial sums of all splits become answers; grid (width / 8 / 128 rounded up, T).
KERNEL(128) veilora_sum(GRID_CONSTANT const Gemm gemm, int32_t splits) {
    int feature = (int)(blockIdx.x * blockDim.x + threadIdx.x) * 8;
    int token = (int)blockIdx.y;
    if (feature >= gemm.width) {
        return;
    }
    uint32_t y[8];
#pragma unroll
    for (int i = 0; i < 8; i++) {
        uint64_t sum = 0;
        if (feature + i < gemm.width) {
            for (int split = 0; split < splits; split++) {
                sum += gemm.partials[((size_t)split * gemm.tokens + token) * gemm.width + feature + i];
            }
        }
        y[i] = residue((int64_t)sum);
    }
    write_answer(gemm, token, feature, y);
}

KERNEL(THREADS) veilora_mma_forward(GRID_CONSTANT const Gemm gemm) {
    mma_product<true>(gemm);
}

KERNEL(THREADS) veilora_mma_backward(GRID_CONSTANT const Gemm gemm) {
    mma_product<false>(gemm);
}

#ifdef HAS_WGMMA
KERNEL(THREADS) veilora_wgmma_forward(GRID_CONSTANT const Gemm gemm) {
    wgmma_product<true>(gemm);
}

KERNEL(THREADS) veilora_wgmma_backward(GRID_CONSTANT const Gemm gemm) {
    wgmma_product<false>(gemm);
}
#endif
