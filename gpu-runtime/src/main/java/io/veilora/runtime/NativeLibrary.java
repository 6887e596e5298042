package io.veilora.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;

/**
 * The compiled kernels of {@code src/main/native}. The jar carries them for {@link #PLATFORM}; they are unpacked to a
 * folder that only this user can enter, loaded from there, and the file is deleted at once: a loaded library does not
 * need its name, and so nothing is left behind, however the process ends.
 */
final class NativeLibrary {
    static final String PLATFORM = "linux-x86_64";

    private static final String RESOURCE = PLATFORM + "/libveilora-gemm.so";

    private final SymbolLookup symbols;

    private NativeLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /** The library in the jar, loaded anew: its memory stays until the process ends. */
    static NativeLibrary bundled() throws EngineUnavailableException {
        if (!platform().equals(PLATFORM)) {
            throw new EngineUnavailableException("its library is for " + PLATFORM + ", this is " + platform());
        }
        try (InputStream library = NativeLibrary.class.getResourceAsStream(RESOURCE)) {
            if (library == null) {
                throw new EngineUnavailableException("its library is not in the jar (" + RESOURCE + ")");
            }
            return unpack(library);
        } catch (IOException e) {
            throw new EngineUnavailableException(
                    "its library cannot be unpacked (" + e + "); choose another folder with -Djava.io.tmpdir=");
        }
    }

    private static NativeLibrary unpack(InputStream library) throws IOException, EngineUnavailableException {
        Path folder = Files.createTempDirectory(
                "veilora-gemm-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path file = folder.resolve("libveilora-gemm.so");
        try {
            Files.copy(library, file);
            return open(file);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    /** Loads a library that {@code src/main/native/build} made. */
    static NativeLibrary open(Path file) throws EngineUnavailableException {
        try {
            return new NativeLibrary(SymbolLookup.libraryLookup(file, Arena.global()));
        } catch (IllegalCallerException e) {
            throw new EngineUnavailableException(
                    "the JVM refuses native libraries; start java with --enable-native-access=ALL-UNNAMED");
        } catch (IllegalArgumentException e) {
            throw new EngineUnavailableException("its library does not load from " + file.getParent()
                    + ": a folder mounted noexec? Choose another one with -Djava.io.tmpdir=");
        }
    }

    /** What this JVM runs on, named as {@link #PLATFORM} is. */
    static String platform() {
        return platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    static String platform(String osName, String osArch) {
        String architecture = osArch.equals("amd64") ? "x86_64" : osArch;
        return osName.toLowerCase(Locale.ROOT).split(" ")[0] + "-" + architecture;
    }

    /** @throws EngineUnavailableException if the library has no such function */
    MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options)
            throws EngineUnavailableException {
        MemorySegment address = symbols.find(name)
                .orElseThrow(() -> new EngineUnavailableException("its library lacks " + name + "; build it anew"));
        return Linker.nativeLinker().downcallHandle(address, type, options);
    }
}
