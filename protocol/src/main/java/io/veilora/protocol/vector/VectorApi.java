package io.veilora.protocol.vector;

/**
 * Whether this JVM has the Vector API, which is an incubator module. A JVM that starts with it ({@code --add-modules}) can use
 * neither the module graph nor the linked classes of its AOT cache, half a second of a server's start. So a server starts
 * without, and the first who asks here adds the module to the running JVM, as the JDK itself adds {@code java.instrument} for
 * an agent. That takes some 50 ms, once; vector code is then as fast as in a JVM that was started with the module.
 *
 * <p>The way there is internal to the JDK: it must be opened with {@code Add-Exports: java.base/jdk.internal.module} in the
 * manifest of the jar that is started, or the flag of that name. Where it is closed or has changed, the answer is no.
 */
public final class VectorApi {
    /** The module's name. */
    public static final String MODULE = "jdk.incubator.vector";

    private static final String LOADER = "jdk.internal.module.Modules";
    /**
     * JVM property; {@code off} is for the run that records an AOT cache: classes that vectors are linked to would be in it, and
     * the JVM that writes the cache does not have the module.
     */
    private static final String PROPERTY = "io.veilora.vectorApi";

    private static final boolean PRESENT = !"off".equals(System.getProperty(PROPERTY))
            && (ModuleLayer.boot().findModule(MODULE).isPresent() || isAdded());

    private VectorApi() {}

    /** Asked before the first class that uses vectors is touched. */
    public static boolean isPresent() {
        return PRESENT;
    }

    private static boolean isAdded() {
        try {
            Class.forName(LOADER).getMethod("loadModule", String.class).invoke(null, MODULE);
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }
}
