// mma.sync.m16n8k32 and wgmma.mma_async.m64n256k32 with their operands where the PTX ISA says they are.
//
// "Matrix Fragments for mma.m16n8k32", 8-bit operands: groupID = lane / 4, threadID = lane % 4,
//   A, element i of 16: row = groupID (+ 8 unless 0 <= i < 4 or 8 <= i < 12), column = 4 threadID + i % 4 (+ 16 for i >= 8)
//   B, element i of 8:  row = 4 threadID + i % 4 (+ 16 for i >= 4), column = groupID
//   D, element i of 4:  row = groupID (+ 8 for i >= 2), column = 2 threadID + i % 2
// "Matrix Fragments for wgmma.mma_async.m64nNk32": warp w of four holds rows 16w .. 16w + 15 of A in mma's layout, and of D in
//   mma's layout repeated over the columns, eight at a time.
#include <cstring>
#include <deque>
#include <limits>
#include <map>
#include <stdexcept>
#include <vector>

#include "emulated_block.h"

namespace emulation {
namespace {
int row_of_a(int lane, int i) {
    return lane / 4 + (i < 4 || (8 <= i && i < 12) ? 0 : 8);
}

int column_of_a(int lane, int i) {
    return 4 * (lane % 4) + i % 4 + (i >= 8 ? 16 : 0);
}

uint8_t byte_of(const uint32_t* registers, int i) {
    return (uint8_t)(registers[i / 4] >> (8 * (i % 4)));
}

void add(int32_t& sum, int64_t terms) {
    int64_t exact = (int64_t)sum + terms;
    if (exact > std::numeric_limits<int32_t>::max() || exact < std::numeric_limits<int32_t>::min()) {
        throw std::runtime_error("an int32 sum overflows");
    }
    sum = (int32_t)exact;
}

/// One warp's mma, complete when all 32 lanes have brought their registers.
struct Mma {
    int lanes = 0;
    int32_t* d[32];
    int8_t a[16][32];
    uint8_t b[8][32];  // columns

    void bring(int lane, int32_t* sums, const uint32_t* left, const uint32_t* right) {
        d[lane] = sums;
        for (int i = 0; i < 16; i++) {
            a[row_of_a(lane, i)][column_of_a(lane, i)] = (int8_t)byte_of(left, i);
        }
        for (int i = 0; i < 8; i++) {
            b[lane / 4][4 * (lane % 4) + i % 4 + (i >= 4 ? 16 : 0)] = byte_of(right, i);
        }
        lanes++;
    }

    void compute() {
        int32_t product[16][8];
        for (int m = 0; m < 16; m++) {
            for (int n = 0; n < 8; n++) {
                int32_t sum = 0;
                for (int k = 0; k < 32; k++) {
                    sum += a[m][k] * b[n][k];
                }
                product[m][n] = sum;
            }
        }
        for (int lane = 0; lane < 32; lane++) {
            for (int i = 0; i < 4; i++) {
                add(d[lane][i], product[lane / 4 + (i >= 2 ? 8 : 0)][2 * (lane % 4) + i % 2]);
            }
        }
    }
};

/// A warp's instructions in program order; lanes arrive one after another, each with its own count.
struct Warp {
    std::deque<Mma> open;
    size_t first = 0;  // instructions completed
    size_t count[32] = {};
};

std::map<int, Warp> warps;

/// One warpgroup's wgmma: where its 128 threads' registers are; they are read when it is executed.
struct Wgmma {
    int threads = 0;
    int32_t* d[128];
    const uint32_t* a[128];
    uint64_t descriptor = 0;
};

struct Warpgroup {
    std::deque<std::vector<Wgmma>> groups;  // committed or open, oldest first
    size_t firstGroup = 0;                  // groups executed
    size_t group[128] = {};                 // a thread's open group
    size_t instruction[128] = {};           // and its next instruction there
};

std::map<int, Warpgroup> warpgroups;

/// Byte `k` of row `n` of a K-major operand, by its descriptor: canonical layout ((8, m), (T, 2k)) : ((4T, SBO), (1, T)) under
/// Swizzle<2, 4, 3>, which exchanges bits 4 and 5 of the address with their sum with bits 7 and 8.
uint8_t described_byte(uint64_t descriptor, int n, int k) {
    if (descriptor >> 62 != 2 || (descriptor >> 49 & 7) != 0) {
        throw std::runtime_error("wgmma: only the 64-byte swizzle with base offset 0 is emulated");
    }
    uint32_t start = (uint32_t)(descriptor & 0x3FFF) << 4;
    uint32_t stride = (uint32_t)(descriptor >> 32 & 0x3FFF) << 4;
    uint32_t address = start + n / 8 * stride + n % 8 * 64 + k;
    address ^= (address >> 7 & 3) << 4;
    const uint8_t* byte = shared + (address - 1024);
    shared_address(byte);
    return *byte;
}

void execute(const Wgmma& wgmma) {
    static int8_t a[64][32];
    static uint8_t b[256][32];
    static int32_t product[64][256];
    for (int thread = 0; thread < 128; thread++) {
        for (int i = 0; i < 16; i++) {
            a[16 * (thread / 32) + row_of_a(thread % 32, i)][column_of_a(thread % 32, i)] = (int8_t)byte_of(wgmma.a[thread], i);
        }
    }
    for (int n = 0; n < 256; n++) {
        for (int k = 0; k < 32; k++) {
            b[n][k] = described_byte(wgmma.descriptor, n, k);
        }
    }
    for (int m = 0; m < 64; m++) {
        for (int n = 0; n < 256; n++) {
            int32_t sum = 0;
            for (int k = 0; k < 32; k++) {
                sum += a[m][k] * b[n][k];
            }
            product[m][n] = sum;
        }
    }
    for (int thread = 0; thread < 128; thread++) {
        int lane = thread % 32;
        for (int i = 0; i < 128; i++) {
            int row = 16 * (thread / 32) + lane / 4 + (i % 4 >= 2 ? 8 : 0);
            add(wgmma.d[thread][i], product[row][8 * (i / 4) + 2 * (lane % 4) + i % 2]);
        }
    }
}
}  // namespace

void mma_m16n8k32(int32_t* d, const uint32_t (&a)[4], const uint32_t (&b)[2]) {
    int lane = thread_number() % 32;
    Warp& warp = warps[thread_number() / 32];
    size_t index = warp.count[lane]++ - warp.first;
    if (index == warp.open.size()) {
        warp.open.emplace_back();
    }
    warp.open[index].bring(lane, d, a, b);
    while (!warp.open.empty() && warp.open.front().lanes == 32) {
        warp.open.front().compute();
        warp.open.pop_front();
        warp.first++;
    }
}

void wgmma_m64n256k32(int32_t* d, const uint32_t* a, uint64_t descriptor) {
    int member = thread_number() % 128;
    Warpgroup& warpgroup = warpgroups[thread_number() / 128];
    size_t group = warpgroup.group[member] - warpgroup.firstGroup;
    if (group == warpgroup.groups.size()) {
        warpgroup.groups.emplace_back();
    }
    std::vector<Wgmma>& instructions = warpgroup.groups[group];
    size_t index = warpgroup.instruction[member]++;
    if (index == instructions.size()) {
        instructions.emplace_back();
        instructions.back().descriptor = descriptor;
    }
    Wgmma& wgmma = instructions[index];
    if (wgmma.descriptor != descriptor) {
        throw std::runtime_error("wgmma: the threads' descriptors differ");
    }
    wgmma.d[member] = d;
    wgmma.a[member] = a;
    wgmma.threads++;
}

void wgmma_commit() {
    Warpgroup& warpgroup = warpgroups[thread_number() / 128];
    warpgroup.group[thread_number() % 128]++;
    warpgroup.instruction[thread_number() % 128] = 0;
}

/// Executes as late as the instruction allows: when the last of the 128 threads waits.
void wgmma_wait(int pending) {
    int member = thread_number() % 128;
    Warpgroup& warpgroup = warpgroups[thread_number() / 128];
    // All threads of the block wait equally often, so the block's barrier serves as the warpgroup's.
    barrier();
    size_t committed = warpgroup.group[member];
    while (warpgroup.firstGroup + pending < committed) {
        for (const Wgmma& wgmma : warpgroup.groups.front()) {
            if (wgmma.threads != 128) {
                throw std::runtime_error("wgmma: not all 128 threads took part");
            }
            execute(wgmma);
        }
        warpgroup.groups.pop_front();
        warpgroup.firstGroup++;
    }
}

void end_products() {
    for (const auto& [number, warp] : warps) {
        if (!warp.open.empty()) {
            throw std::runtime_error("mma: not all lanes took part");
        }
    }
    for (const auto& [number, warpgroup] : warpgroups) {
        if (!warpgroup.groups.empty()) {
            throw std::runtime_error("wgmma: a product was never waited for");
        }
    }
    warps.clear();
    warpgroups.clear();
}
}  // namespace emulation
