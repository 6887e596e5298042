package io.veilora.client.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessorTest {
    @Test
    void nameFamilyAndModelAreThoseOfTheFirstCore() {
        String cpuInfo =
                "processor\t: 0\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n\nprocessor\t: 1\nmodel\t\t: 3\n";
        assertThat(Processor.name(cpuInfo)).isEqualTo("AMD EPYC (family 26, model 2)");
    }

    @Test
    void aSystemThatTellsLessStillHasAName() {
        assertThat(Processor.name("processor\t: 0\nBogoMIPS\t: 50.00\n")).isEqualTo(System.getProperty("os.arch"));
        assertThat(Processor.name()).isNotBlank();
    }
}
