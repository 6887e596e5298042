package io.veilora.client.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DemoCommandTest {
    @Test
    void hasNoEarlyStopWhichCouldEndTheTwoRunsThatItComparesAtDifferentSteps() {
        CommandRun demo = CommandRun.of("demo", "--eval-every", "5", "--early-stop", "1");
        assertThat(demo.exit()).isEqualTo(2);
        assertThat(demo.err()).contains("Unknown options: '--early-stop', '1'");
        assertThat(CommandRun.of("train", "--help").out()).contains("--early-stop");
    }
}
