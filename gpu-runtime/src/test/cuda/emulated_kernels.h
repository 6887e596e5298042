// The product's kernels by name, on the emulated device.
#pragma once
#include <string>

#include "emulated_block.h"

namespace emulation {
/// Whether there is a kernel of that name.
bool has_kernel(const std::string& name);

/// Runs it; parameters as cuLaunchKernel takes them, one address a parameter.
void launch(const std::string& name, Dim grid, Dim threads, size_t sharedBytes, Copies copies, void* const* parameters);
}  // namespace emulation
