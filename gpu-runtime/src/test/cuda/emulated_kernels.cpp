#include "emulated_kernels.h"

#include <map>

#include "veilora.cu"

namespace emulation {
namespace {
using Kernel = std::function<void(void* const*)>;

template <typename T>
const T& parameter(void* const* parameters, int number) {
    return *(const T*)parameters[number];
}

Kernel of_gemm(void (*kernel)(const Gemm)) {
    return [kernel](void* const* p) { kernel(parameter<Gemm>(p, 0)); };
}

const std::map<std::string, Kernel> KERNELS = {
    {"veilora_split",
     [](void* const* p) {
         veilora_split(parameter<const uint32_t*>(p, 0), parameter<uint8_t*>(p, 1), parameter<int32_t>(p, 2), parameter<int32_t>(p, 3));
     }},
    {"veilora_sum", [](void* const* p) { veilora_sum(parameter<Gemm>(p, 0), parameter<int32_t>(p, 1)); }},
    {"veilora_mma_forward", of_gemm(veilora_mma_forward)},
    {"veilora_mma_backward", of_gemm(veilora_mma_backward)},
    {"veilora_wgmma_forward", of_gemm(veilora_wgmma_forward)},
    {"veilora_wgmma_backward", of_gemm(veilora_wgmma_backward)},
};
}  // namespace

bool has_kernel(const std::string& name) {
    return KERNELS.count(name) != 0;
}

void launch(const std::string& name, Dim grid, Dim threads, size_t sharedBytes, Copies copies, void* const* parameters) {
    const Kernel& kernel = KERNELS.at(name);
    run(grid, threads, sharedBytes, copies, [&] { kernel(parameters); });
}
}  // namespace emulation
