package io.veilora.runtime;

import static io.veilora.runtime.CudaFailure.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** Whether this process can talk to a GPU at all, asked once; no GPU is a reason, not an error. */
final class CudaDriver {
    /** JCuda unpacks its library here. */
    private static final String TEMPORARY_FOLDER = "java.io.tmpdir";

    private static final String LIBRARY = "libcuda.so.1";

    /** Set once, when the class is first used. */
    private static final Optional<String> ABSENCE = probe();

    private CudaDriver() {}

    /** Why there is no device, in one line; empty if there is one. */
    static Optional<String> absence() {
        return ABSENCE;
    }

    private static Optional<String> probe() {
        if (!driverIsInstalled()) {
            return Optional.of("no NVIDIA driver (" + LIBRARY + " not found)");
        }
        try {
            return initialise();
        } catch (LinkageError | RuntimeException e) {
            return Optional.of("the CUDA driver could not be loaded (" + firstLine(e) + ")");
        }
    }

    /** Saves unpacking JCuda's library, and its page of stack traces, on a machine without a driver. */
    private static boolean driverIsInstalled() {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(LIBRARY, arena);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Optional<String> initialise() {
        int result = loadPrivately();
        if (result != CUresult.CUDA_SUCCESS) {
            return Optional.of("cuInit: " + CUresult.stringFor(result));
        }
        int[] devices = new int[1];
        check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(devices));
        return devices[0] > 0 ? Optional.empty() : Optional.of("the CUDA driver has no device");
    }

    /**
     * JCuda unpacks its library under a fixed name in the temporary folder and loads whatever lies there already, which
     * may be anybody's; so its first call sees a folder of our own. The JDK itself has read the property long before.
     */
    private static int loadPrivately() {
        String shared = System.getProperty(TEMPORARY_FOLDER);
        try {
            Path own = Files.createTempDirectory("veilora-jcuda-");
            System.setProperty(TEMPORARY_FOLDER, own.toString());
            try {
                return JCudaDriver.cuInit(0);
            } finally {
                System.setProperty(TEMPORARY_FOLDER, shared);
                deleteFolder(own);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A library that is loaded needs its file no longer. */
    private static void deleteFolder(Path folder) throws IOException {
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("") + ", "
                + e.getClass().getSimpleName();
    }
}
