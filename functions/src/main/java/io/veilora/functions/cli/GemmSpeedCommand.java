package io.veilora.functions.cli;

import io.veilora.protocol.model.Direction;
import io.veilora.protocol.wire.ProtocolJson;
import io.veilora.runtime.EngineChoice;
import io.veilora.runtime.GemmShape;
import io.veilora.runtime.GemmSpeed;
import io.veilora.runtime.ModularGemm;
import io.veilora.runtime.ModularGemms;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The provider's half of {@code bench kernels}, which runs in the client's application: the engine that {@code server}
 * would choose, on as many threads as this JVM sees processors, each answer checked.
 */
@Command(name = "gemm-speed", hidden = true, description = "Started by bench kernels.")
final class GemmSpeedCommand implements Callable<Integer> {
    @Option(names = "--shapes", required = true, split = ",", description = "T x d_in x d_out, as in 256x2048x8192")
    private String[] shapes;

    @Option(names = "--seconds", required = true, description = "for each shape and direction, warm-up included")
    private double seconds;

    @Option(names = "--result", required = true, paramLabel = "FILE")
    private Path result;

    /**
     * What the file holds.
     *
     * @param engine its {@link ModularGemm#name}
     * @param threads processors that this JVM may use
     */
    record Result(String engine, int threads, List<Speed> speeds) {}

    /** A {@link GemmSpeed}, its sizes side by side. */
    record Speed(
            int tokens,
            int inputFeatures,
            int outputFeatures,
            String direction,
            int calls,
            double gmacPerSecond,
            double gmacPerSecondPerCore) {
        static Speed of(GemmSpeed speed) {
            return new Speed(
                    speed.shape().tokens(),
                    speed.shape().inputFeatures(),
                    speed.shape().outputFeatures(),
                    speed.direction().label(),
                    speed.calls(),
                    speed.gmacPerSecond(),
                    speed.gmacPerSecondPerCore());
        }
    }

    @Override
    public Integer call() throws IOException {
        EngineChoice choice = ModularGemms.best();
        try (ModularGemm engine = choice.engine()) {
            List<Speed> speeds = new ArrayList<>();
            for (String shape : shapes) {
                for (Direction direction : Direction.values()) {
                    speeds.add(Speed.of(GemmSpeed.measure(engine, GemmShape.parse(shape), direction, seconds)));
                }
            }
            Result measured = new Result(engine.name(), Runtime.getRuntime().availableProcessors(), speeds);
            ProtocolJson.MAPPER.writeValue(result.toFile(), measured);
        }
        return 0;
    }
}
