/*
 * Calls every part of every kernel this processor can run, as NativeTile.java does, with each operand in an allocation of
 * exactly its size: AddressSanitizer sees any byte too far, and each result is compared with plain int64 arithmetic.
 * gpu-runtime/src/test/native/sanitize compiles and runs it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, LIMB_STRIDE = BLOCK + 16 };

static const int64_t Q = 4293918721;

typedef void pack(const void *, int64_t, int64_t, int64_t, void *);
typedef void multiply(const void *, int64_t, int64_t, const void *, int64_t *, int64_t);
typedef void write(const int64_t *, int64_t, int64_t, int64_t, uint8_t *, int64_t);

typedef struct {
    const char *name;
    int (*supported)(void);
    int64_t (*columns)(void);
    pack *words, *rows, *columns_of;
    multiply *product;
    write *full, *half;
} kernel;

#define DECLARE(isa)                                                                     \
    int veilora_##isa##_supported(void);                                                 \
    int64_t veilora_##isa##_columns(void);                                               \
    pack veilora_##isa##_pack_words, veilora_##isa##_pack_rows, veilora_##isa##_pack_columns; \
    multiply veilora_##isa##_multiply;                                                   \
    write veilora_##isa##_write_words, veilora_##isa##_write_half_words;
#define KERNEL(isa)                                                                      \
    {#isa, veilora_##isa##_supported, veilora_##isa##_columns, veilora_##isa##_pack_words, \
     veilora_##isa##_pack_rows, veilora_##isa##_pack_columns, veilora_##isa##_multiply,  \
     veilora_##isa##_write_words, veilora_##isa##_write_half_words}

DECLARE(avx512vnni)
DECLARE(avxvnni)
DECLARE(avx2)

static void *exactly(size_t bytes) { return aligned_alloc(64, bytes); }

static void randomize(void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ((uint8_t *)bytes)[i] = (uint8_t)(rand() >> 7);
    }
}

static int64_t expected(const uint32_t *b, const int8_t *w, int64_t terms, int64_t step) {
    int64_t sum = 0;
    for (int64_t k = 0; k < terms; k++) {
        sum += (int64_t)b[k] * w[k * step];
    }
    return ((sum % Q) + Q) % Q;
}

static int check(const kernel *isa, int64_t tokens, int64_t terms, int64_t features, int forward) {
    int64_t columns = isa->columns();
    uint32_t *words = malloc(4 * tokens * terms);
    int8_t *weights = malloc(terms * features);
    uint32_t *limbs = exactly(4 * LIMB_STRIDE * tokens);
    int16_t *panel = exactly(2 * BLOCK * columns);
    int64_t *sums = exactly(8 * tokens * columns);
    uint32_t *full = malloc(4 * tokens * features);
    uint16_t *half = malloc(2 * tokens * features);
    randomize(words, 4 * tokens * terms);
    randomize(weights, terms * features);
    memset(sums, 0, 8 * tokens * columns);
    isa->words(words, terms, tokens, terms, limbs);
    if (forward) {
        isa->rows(weights, terms, features, terms, panel);
    } else {
        isa->columns_of(weights, features, features, terms, panel);
    }
    isa->product(limbs, tokens, terms, panel, sums, columns);
    isa->full(sums, columns, tokens, features, (uint8_t *)full, features);
    isa->half(sums, columns, tokens, features, (uint8_t *)half, features);
    int wrong = 0;
    for (int64_t t = 0; t < tokens; t++) {
        for (int64_t f = 0; f < features; f++) {
            const int8_t *w = weights + (forward ? f * terms : f);
            int64_t y = expected(words + t * terms, w, terms, forward ? 1 : features);
            wrong += full[t * features + f] != (uint32_t)y;
            wrong += half[t * features + f] != (uint16_t)(((y << 17) + Q) / (2 * Q));
        }
    }
    if (wrong) {
        printf("%s: %d wrong values at %ld tokens, %ld terms, %ld features, %s\n", isa->name, wrong, (long)tokens,
               (long)terms, (long)features, forward ? "forward" : "backward");
    }
    free(words), free(weights), free(limbs), free(panel), free(sums), free(full), free(half);
    return wrong;
}

int main(void) {
    static const kernel kernels[] = {KERNEL(avx512vnni), KERNEL(avxvnni), KERNEL(avx2)};
    int wrong = 0;
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        const kernel *isa = kernels + i;
        if (!isa->supported()) {
            printf("%s: not on this processor, skipped\n", isa->name);
            continue;
        }
        int shapes = 0;
        for (int64_t features = 1; features <= isa->columns(); features++) {
            for (int64_t terms = 1; terms <= BLOCK; terms += terms < 70 ? 1 : 49) {
                int64_t tokens = 1 + (features + terms) % 13;
                wrong += check(isa, tokens, terms, features, 1) + check(isa, tokens, terms, features, 0);
                shapes += 2;
            }
            wrong += check(isa, 7, BLOCK, features, 1) + check(isa, 7, BLOCK, features, 0);
        }
        printf("%s: %d shapes\n", isa->name, shapes);
    }
    return wrong != 0;
}
