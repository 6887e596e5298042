// The instructions behind the kernels, emulated on a CPU, so that every line of src/main/cuda but instructions.cuh runs and
// is checked where there is no GPU. Written from the PTX ISA's description of each instruction, not from the kernels.
//
// A block's threads are fibers that run one after another from barrier to barrier. Asynchronous copies happen at one of the two
// moments that are furthest apart, at once or when waited for; so do tensor-core products, when the last lane asks or the group
// is waited for. A kernel that reads too early or overwrites too soon gets wrong numbers, and the checks fail.
#pragma once
#include <cstddef>
#include <cstdint>

#define DEVICE inline
#define KERNEL(threads) void
#define GRID_CONSTANT
#define HAS_WGMMA

namespace emulation {
struct Dim {
    unsigned x, y, z;
};

/// The thread that runs now: which it is, and its block's shared memory.
extern Dim thread, block, block_size, grid_size;
extern uint8_t* shared;

void barrier();
void copy_16_async(void* shared, const void* global, int bytes);
void copies_commit();
void copies_wait(int pending);
void mma_m16n8k32(int32_t* d, const uint32_t (&a)[4], const uint32_t (&b)[2]);
uint32_t shared_address(const void* pointer);
void wgmma_m64n256k32(int32_t* d, const uint32_t* a, uint64_t descriptor);
void wgmma_commit();
void wgmma_wait(int pending);
}  // namespace emulation

#define threadIdx emulation::thread
#define blockIdx emulation::block
#define blockDim emulation::block_size
#define gridDim emulation::grid_size

struct alignas(8) uint2 {
    uint32_t x, y;
};
struct alignas(16) uint4 {
    uint32_t x, y, z, w;
};

inline uint4 make_uint4(uint32_t x, uint32_t y, uint32_t z, uint32_t w) {
    return {x, y, z, w};
}

/// PRMT: byte i of the result is byte number (selector >> 4i) of the eight bytes b:a.
inline uint32_t __byte_perm(uint32_t a, uint32_t b, uint32_t selector) {
    uint64_t bytes = (uint64_t)b << 32 | a;
    uint32_t result = 0;
    for (int i = 0; i < 4; i++) {
        result |= (uint32_t)(bytes >> (8 * (selector >> (4 * i) & 7)) & 0xFF) << (8 * i);
    }
    return result;
}

inline void __syncthreads() {
    emulation::barrier();
}

inline uint8_t* shared_memory() {
    return emulation::shared;
}

inline uint32_t shared_address(const void* pointer) {
    return emulation::shared_address(pointer);
}

inline void copy_16_async(void* shared, const void* global, int bytes) {
    emulation::copy_16_async(shared, global, bytes);
}

inline void copies_commit() {
    emulation::copies_commit();
}

template <int PENDING>
inline void copies_wait() {
    emulation::copies_wait(PENDING);
}

inline void mma_m16n8k32(int32_t (&d)[4], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0, uint32_t b1) {
    emulation::mma_m16n8k32(d, {a0, a1, a2, a3}, {b0, b1});
}

/// Ordering between proxies has no meaning where memory has one view.
inline void fence_async_proxy() {}
inline void wgmma_fence() {}

inline void wgmma_m64n256k32(int32_t (&d)[128], const uint32_t (&a)[4], uint64_t b) {
    emulation::wgmma_m64n256k32(d, a, b);
}

inline void wgmma_commit() {
    emulation::wgmma_commit();
}

template <int PENDING>
inline void wgmma_wait() {
    emulation::wgmma_wait(PENDING);
}
