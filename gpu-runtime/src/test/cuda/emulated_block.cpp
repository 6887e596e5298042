#include "emulated_block.h"

#include <ucontext.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <stdexcept>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace emulation {
Dim thread, block, block_size, grid_size;
uint8_t* shared;

namespace {
constexpr size_t STACK_BYTES = 256 * 1024;
constexpr uint8_t UNWRITTEN = 0xA5;

struct Copy {
    uint8_t* to;
    const uint8_t* from;
    int bytes;
};

struct Fiber {
    ucontext_t context;
    std::unique_ptr<uint8_t[]> stack{new uint8_t[STACK_BYTES]};
    void* sanitizer = nullptr;
    bool ended = false;
    std::vector<Copy> open;                 // copies of the group that is not committed yet
    std::deque<std::vector<Copy>> pending;  // committed groups, oldest first
};

std::vector<Fiber> fibers;
ucontext_t scheduler;
void* schedulerStack = nullptr;
size_t schedulerStackBytes = 0;
void* schedulerSanitizer = nullptr;
int running = 0;
size_t sharedSize = 0;
Copies when = Copies::AT_ONCE;
const std::function<void()>* body = nullptr;
std::exception_ptr failure;

// AddressSanitizer must be told which stack it looks at.
void leave(void** sanitizer, const void* stack, size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(sanitizer, stack, bytes);
#else
    (void)sanitizer, (void)stack, (void)bytes;
#endif
}

void arrive(void* sanitizer, const void** stack, size_t* bytes) {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(sanitizer, stack, bytes);
#else
    (void)sanitizer, (void)stack, (void)bytes;
#endif
}

void start() {
    arrive(nullptr, const_cast<const void**>(&schedulerStack), &schedulerStackBytes);
    try {
        (*body)();
    } catch (...) {
        failure = std::current_exception();
    }
    fibers[running].ended = true;
    leave(nullptr, schedulerStack, schedulerStackBytes);
    setcontext(&scheduler);
}

void resume(int number) {
    running = number;
    thread = {(unsigned)number, 0, 0};
    Fiber& fiber = fibers[number];
    leave(&schedulerSanitizer, fiber.stack.get(), STACK_BYTES);
    swapcontext(&scheduler, &fiber.context);
    arrive(schedulerSanitizer, nullptr, nullptr);
}

void run_block(unsigned threads) {
    for (Fiber& fiber : fibers) {
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = fiber.stack.get();
        fiber.context.uc_stack.ss_size = STACK_BYTES;
        fiber.context.uc_link = nullptr;
        fiber.ended = false;
        fiber.open.clear();
        fiber.pending.clear();
        makecontext(&fiber.context, start, 0);
    }
    for (unsigned ended = 0; ended < threads;) {
        ended = 0;
        for (unsigned i = 0; i < threads; i++) {
            resume((int)i);
            if (failure) {
                std::rethrow_exception(failure);
            }
            ended += fibers[i].ended;
        }
        if (ended != 0 && ended != threads) {
            throw std::runtime_error("some threads ended while others wait at a barrier");
        }
    }
    end_products();
}

void perform(const Copy& copy) {
    std::memset(copy.to, 0, 16);
    std::memcpy(copy.to, copy.from, copy.bytes);
}
}  // namespace

int thread_number() {
    return running;
}

void barrier() {
    Fiber& fiber = fibers[running];
    leave(&fiber.sanitizer, schedulerStack, schedulerStackBytes);
    swapcontext(&fiber.context, &scheduler);
    arrive(fiber.sanitizer, const_cast<const void**>(&schedulerStack), &schedulerStackBytes);
}

uint32_t shared_address(const void* pointer) {
    ptrdiff_t offset = (const uint8_t*)pointer - shared;
    if (offset < 0 || (size_t)offset >= sharedSize) {
        throw std::runtime_error("address outside the block's shared memory");
    }
    return (uint32_t)offset + 1024;  // not zero, and aligned as the hardware aligns it
}

/// PTX ISA, "cp.async": 16 bytes, of which the first `bytes` are read and the others zero; both addresses aligned to 16.
void copy_16_async(void* to, const void* from, int bytes) {
    shared_address((uint8_t*)to + 15);
    shared_address(to);
    if ((uintptr_t)from % 16 != 0 || (uintptr_t)((uint8_t*)to - shared) % 16 != 0 || (bytes != 0 && bytes != 16)) {
        throw std::runtime_error("cp.async: wrong alignment or size");
    }
    Copy copy{(uint8_t*)to, (const uint8_t*)from, bytes};
    if (when == Copies::AT_ONCE) {
        perform(copy);
    } else {
        fibers[running].open.push_back(copy);
    }
}

void copies_commit() {
    Fiber& fiber = fibers[running];
    fiber.pending.push_back(std::move(fiber.open));
    fiber.open.clear();
}

void copies_wait(int pending) {
    Fiber& fiber = fibers[running];
    while ((int)fiber.pending.size() > pending) {
        for (const Copy& copy : fiber.pending.front()) {
            perform(copy);
        }
        fiber.pending.pop_front();
    }
}

void run(Dim grid, Dim threads, size_t sharedBytes, Copies copies, const std::function<void()>& kernel) {
    grid_size = grid;
    block_size = threads;
    sharedSize = sharedBytes;
    when = copies;
    body = &kernel;
    failure = nullptr;
    fibers.resize(threads.x);
    std::unique_ptr<uint8_t, void (*)(void*)> memory((uint8_t*)std::aligned_alloc(1024, (sharedBytes + 1023) / 1024 * 1024), std::free);
    for (block.z = 0; block.z < grid.z; block.z++) {
        for (block.y = 0; block.y < grid.y; block.y++) {
            for (block.x = 0; block.x < grid.x; block.x++) {
                shared = memory.get();
                std::memset(shared, UNWRITTEN, sharedBytes);
                run_block(threads.x);
            }
        }
    }
}
}  // namespace emulation
