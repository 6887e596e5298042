package io.veilora.runtime;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * The tests that need a device, without Maven: {@code EmulatedDeviceTest} and the GPU machine of {@code src/bench/gpu} run
 * them so. Start with {@code -Dveilora.test.engines=CUDA}. Exit status 0 if all passed and none was skipped.
 */
public final class DeviceTests {
    private DeviceTests() {}

    public static void main(String[] arguments) {
        EngineChoice choice = ModularGemms.best();
        System.out.println("engine: " + choice.reason());
        choice.engine().close();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(GemmContractTest.class), selectClass(CudaGemmTest.class))
                .build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        summary.printFailuresTo(new PrintWriter(System.out, true));
        System.out.printf(
                "device tests: %d passed, %d failed, %d skipped%n",
                summary.getTestsSucceededCount(),
                summary.getTotalFailureCount(),
                summary.getTestsAbortedCount() + summary.getContainersAbortedCount());
        boolean allPassed = summary.getTotalFailureCount() == 0
                && summary.getTestsAbortedCount() + summary.getContainersAbortedCount() == 0
                && summary.getTestsSucceededCount() > 0;
        System.exit(allPassed ? 0 : 1);
    }
}
