package io.veilora.runtime;

/** Instruction sets that the native library has a kernel for, best first. */
enum NativeIsa {
    AVX512_VNNI("AVX-512 VNNI", "avx512vnni"),
    AVX_VNNI("AVX-VNNI", "avxvnni"),
    AVX2("AVX2", "avx2");

    private final String label;
    private final String prefix;

    NativeIsa(String label, String prefix) {
        this.label = label;
        this.prefix = prefix;
    }

    String label() {
        return label;
    }

    /** Name of a part of this kernel in the library. */
    String symbol(String part) {
        return "veilora_" + prefix + "_" + part;
    }
}
