// What the kernels need of the machine: on a GPU the instructions, elsewhere their emulation (src/test/cuda).
#pragma once
#ifdef __CUDACC__
#include "instructions.cuh"
#else
#include <emulated_device.h>
#endif
