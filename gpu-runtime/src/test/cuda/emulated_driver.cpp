// libcuda.so.1 for tests: the part of the CUDA driver API that the engine calls, over the emulated device. So the Java engine,
// JCuda and the kernels run together where there is no GPU.
//
// What a stream was given is done when somebody waits for the stream, as late as the API allows: an answer read too early is
// still the old one, staging memory written too early is what gets copied. Environment:
//   VEILORA_EMULATED_MEMORY   bytes of the device, 2 GiB if not set
//   VEILORA_EMULATED_DEVICES  devices, 1 if not set
//   VEILORA_EMULATED_FAULT    kernels with this in their name give a wrong answer
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "emulated_kernels.h"
#include "gemm.cuh"

namespace {
enum Result { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_IMAGE = 200, INVALID_CONTEXT = 201, NOT_FOUND = 500, LAUNCH_FAILED = 719 };
enum Attribute { MULTIPROCESSORS = 16, MAJOR = 75, MINOR = 76, SHARED_BYTES = 97 };

constexpr uint32_t FATBIN_MAGIC = 0xBA55ED50;
constexpr uint8_t UNWRITTEN = 0xA5;

using Work = std::function<Result()>;

struct Stream {
    std::vector<Work> work;
};

struct Event {
    std::chrono::steady_clock::time_point time;
};

struct Function {
    std::string name;
};

std::mutex lock;
std::map<uint64_t, size_t> allocations;
size_t used = 0;
bool initialised = false;
int retained = 0;  // times that the context was asked for and not given back
thread_local bool current = false;

size_t setting(const char* name, size_t otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

size_t capacity() {
    return setting("VEILORA_EMULATED_MEMORY", (size_t)2 << 30);
}

/// Every call but the first few needs a context, and happens alone.
template <typename Call>
int in_context(Call call) {
    std::lock_guard<std::mutex> guard(lock);
    return current && retained > 0 ? (int)call() : INVALID_CONTEXT;
}

bool allocated(uint64_t address, size_t bytes) {
    auto after = allocations.upper_bound(address);
    if (after == allocations.begin()) {
        return false;
    }
    auto found = std::prev(after);
    return address + bytes <= found->first + found->second;
}

Result copy(void* to, const void* from, size_t bytes, uint64_t device) {
    if (!allocated(device, bytes)) {
        return INVALID_VALUE;
    }
    std::memcpy(to, from, bytes);
    return SUCCESS;
}

int drain(Stream* stream) {
    int result = SUCCESS;
    for (const Work& work : stream->work) {
        if (result == SUCCESS) {
            result = work();
        }
    }
    stream->work.clear();
    return result;
}

std::vector<size_t> parameter_sizes(const std::string& name) {
    if (name == "veilora_split") {
        return {8, 8, 4, 4};
    }
    return name == "veilora_sum" ? std::vector<size_t>{sizeof(Gemm), 4} : std::vector<size_t>{sizeof(Gemm)};
}

/// Spoils the first value of the answer, if this kernel is to be faulty.
void spoil(const std::string& name, const void* parameters) {
    const char* fault = std::getenv("VEILORA_EMULATED_FAULT");
    if (fault != nullptr && name.find(fault) != std::string::npos) {
        ((Gemm*)parameters)->answers[0] ^= 1;
    }
}
}  // namespace

extern "C" {
int cuInit(unsigned) {
    initialised = setting("VEILORA_EMULATED_DEVICES", 1) > 0;
    return initialised ? SUCCESS : NO_DEVICE;
}

int cuDeviceGetCount(int* count) {
    *count = (int)setting("VEILORA_EMULATED_DEVICES", 1);
    return initialised ? SUCCESS : NO_DEVICE;
}

int cuDeviceGet(int* device, int ordinal) {
    *device = ordinal;
    return initialised && ordinal == 0 ? SUCCESS : NO_DEVICE;
}

int cuDeviceGetName(char* name, int length, int) {
    std::strncpy(name, "emulated device", length);
    return SUCCESS;
}

int cuDeviceGetAttribute(int* value, int attribute, int) {
    const std::map<int, int> attributes = {{MULTIPROCESSORS, 3}, {MAJOR, 9}, {MINOR, 0}, {SHARED_BYTES, 232448}};
    auto found = attributes.find(attribute);
    *value = found == attributes.end() ? 0 : found->second;
    return found == attributes.end() ? INVALID_VALUE : SUCCESS;
}

int cuDevicePrimaryCtxRetain(void** context, int) {
    std::lock_guard<std::mutex> guard(lock);
    *context = &allocations;
    retained++;
    return SUCCESS;
}

/// The last one takes all memory along.
int cuDevicePrimaryCtxRelease_v2(int) {
    std::lock_guard<std::mutex> guard(lock);
    if (retained == 0) {
        return INVALID_CONTEXT;
    }
    if (--retained == 0) {
        for (const auto& [address, bytes] : allocations) {
            std::free((void*)address);
        }
        allocations.clear();
        used = 0;
    }
    return SUCCESS;
}

int cuCtxSetCurrent(void* context) {
    std::lock_guard<std::mutex> guard(lock);
    current = context == &allocations && retained > 0;
    return current ? SUCCESS : INVALID_CONTEXT;
}

int cuMemGetInfo_v2(size_t* free, size_t* total) {
    return in_context([=] {
        *total = capacity();
        *free = *total - used;
        return SUCCESS;
    });
}

int cuMemAlloc_v2(uint64_t* address, size_t bytes) {
    return in_context([=] {
        if (bytes == 0) {
            return INVALID_VALUE;
        }
        if (bytes > capacity() - used) {
            return OUT_OF_MEMORY;
        }
        void* memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
        std::memset(memory, UNWRITTEN, bytes);
        *address = (uint64_t)memory;
        allocations[*address] = bytes;
        used += bytes;
        return SUCCESS;
    });
}

int cuMemFree_v2(uint64_t address) {
    return in_context([=] {
        auto found = allocations.find(address);
        if (found == allocations.end()) {
            return INVALID_VALUE;
        }
        used -= found->second;
        allocations.erase(found);
        std::free((void*)address);
        return SUCCESS;
    });
}

int cuMemHostAlloc(void** memory, size_t bytes, unsigned) {
    return in_context([=] {
        *memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
        std::memset(*memory, UNWRITTEN, bytes);
        return SUCCESS;
    });
}

int cuMemFreeHost(void* memory) {
    return in_context([=] {
        std::free(memory);
        return SUCCESS;
    });
}

int cuMemcpyHtoD_v2(uint64_t to, const void* from, size_t bytes) {
    return in_context([=] { return copy((void*)to, from, bytes, to); });
}

int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, Stream* stream) {
    return in_context([=] {
        stream->work.push_back([=] { return copy((void*)to, from, bytes, to); });
        return SUCCESS;
    });
}

int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, Stream* stream) {
    return in_context([=] {
        stream->work.push_back([=] { return copy(to, (const void*)from, bytes, from); });
        return SUCCESS;
    });
}

int cuModuleLoadData(void** module, const void* image) {
    return in_context([=] {
        uint32_t magic;
        std::memcpy(&magic, image, sizeof magic);
        *module = &allocations;
        return magic == FATBIN_MAGIC ? SUCCESS : INVALID_IMAGE;
    });
}

int cuModuleGetFunction(void** function, void*, const char* name) {
    return in_context([=] {
        static std::map<std::string, Function> functions;
        *function = &(functions[name] = Function{name});
        return emulation::has_kernel(name) ? SUCCESS : NOT_FOUND;
    });
}

int cuModuleUnload(void*) {
    return in_context([] { return SUCCESS; });
}

int cuFuncSetAttribute(void*, int, int bytes) {
    return in_context([=] { return bytes <= 232448 ? SUCCESS : INVALID_VALUE; });
}

int cuLaunchKernel(Function* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned, unsigned, unsigned shared, Stream* stream, void** parameters, void**) {
    return in_context([=] {
        std::vector<std::vector<uint64_t>> values;
        size_t number = 0;
        for (size_t bytes : parameter_sizes(function->name)) {
            values.emplace_back((bytes + 7) / 8);
            std::memcpy(values.back().data(), parameters[number++], bytes);
        }
        stream->work.push_back([=]() mutable {
            std::vector<void*> addresses;
            for (std::vector<uint64_t>& value : values) {
                addresses.push_back(value.data());
            }
            try {
                emulation::launch(function->name, {gx, gy, gz}, {bx, 1, 1}, shared, emulation::Copies::WHEN_WAITED_FOR, addresses.data());
                spoil(function->name, addresses[0]);
                return SUCCESS;
            } catch (const std::exception&) {
                return LAUNCH_FAILED;
            }
        });
        return SUCCESS;
    });
}

int cuStreamCreate(Stream** stream, unsigned) {
    return in_context([=] {
        *stream = new Stream();
        return SUCCESS;
    });
}

int cuStreamSynchronize(Stream* stream) {
    return in_context([=] { return drain(stream); });
}

int cuStreamDestroy_v2(Stream* stream) {
    return in_context([=] {
        delete stream;
        return SUCCESS;
    });
}

int cuEventCreate(Event** event, unsigned) {
    *event = new Event();
    return SUCCESS;
}

int cuEventRecord(Event* event, Stream* stream) {
    return in_context([=] {
        stream->work.push_back([=] {
            event->time = std::chrono::steady_clock::now();
            return SUCCESS;
        });
        return SUCCESS;
    });
}

int cuEventElapsedTime(float* milliseconds, Event* from, Event* to) {
    *milliseconds = std::chrono::duration<float, std::milli>(to->time - from->time).count();
    return SUCCESS;
}

int cuEventDestroy_v2(Event* event) {
    delete event;
    return SUCCESS;
}
}
