// Runs a kernel's blocks, one after another, each thread a fiber.
#pragma once
#include <cstddef>
#include <functional>

#include "emulated_device.h"

namespace emulation {
/// When asynchronous copies are done: the two extremes of what the hardware may do.
enum class Copies { AT_ONCE, WHEN_WAITED_FOR };

/// @throws std::runtime_error if threads do not all meet at the same barrier, or an int32 sum overflows
void run(Dim grid, Dim block, size_t sharedBytes, Copies copies, const std::function<void()>& kernel);

/// Forgets a finished block's tensor-core products; an error if some were never waited for.
void end_products();

/// Number of the running thread in its block.
int thread_number();
}  // namespace emulation
