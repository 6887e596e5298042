package io.veilora.functions.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** {@code --data}, the same for every command. */
final class DataOption {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${env:VEILORA_DATA:-.veilora/provider}",
            description = "folder of models, blobs, ledger and broker (default: $VEILORA_DATA or ./.veilora/provider)")
    private Path folder;

    Path folder() {
        return folder.toAbsolutePath().normalize();
    }

    Path models() {
        return folder().resolve("models");
    }
}
