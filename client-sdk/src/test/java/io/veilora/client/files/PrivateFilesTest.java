package io.veilora.client.files;

import static io.veilora.client.Problems.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.protocol.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivateFilesTest {
    @TempDir
    Path folder;

    @Test
    void replacesAFileWholeAndLeavesNothingElse() throws IOException {
        Path file = folder.resolve("file");
        PrivateFiles.replace(file, new byte[] {1});
        PrivateFiles.replace(file, new byte[] {2, 3});
        PrivateFiles.append(file, new byte[] {4});
        assertThat(file).hasBinaryContent(new byte[] {2, 3, 4});
        assertThat(folder).isDirectoryNotContaining("glob:**.new");
        Assumptions.assumeTrue(Files.getFileStore(file).supportsFileAttributeView("posix"), "no POSIX modes here");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void aFolderThatCannotBeWrittenWholeStaysAsItWas() throws IOException {
        Path target = folder.resolve("target");
        PrivateFiles.replaceFolder(target, fresh -> Files.writeString(fresh.resolve("one"), "1"));
        assertThatThrownBy(() -> PrivateFiles.replaceFolder(target, fresh -> {
                    Files.writeString(fresh.resolve("one"), "2");
                    throw new IOException("killed");
                }))
                .hasMessage("killed");
        assertThat(target.resolve("one")).hasContent("1");
        PrivateFiles.replaceFolder(target, fresh -> Files.writeString(fresh.resolve("two"), "2"));
        assertThat(target).isDirectoryNotContaining("glob:**/one").isDirectoryContaining("glob:**/two");
        assertThat(folder).isDirectoryNotContaining("glob:**.{unfinished,replaced}");
    }

    @Test
    void aFolderPutAsideByAReplacementThatWasKilledComesBackUnlessANewOneHasItsName() throws IOException {
        Path target = folder.resolve("target");
        Path aside = folder.resolve("target.replaced");
        Files.writeString(PrivateFiles.createFolder(aside).resolve("one"), "1");
        PrivateFiles.putBackFolder(target);
        assertThat(target.resolve("one")).hasContent("1");
        PrivateFiles.createFolder(aside);
        PrivateFiles.putBackFolder(target);
        assertThat(target.resolve("one")).hasContent("1");
        assertThat(aside).doesNotExist();
    }

    @Test
    void aDeviceWithoutSpaceIsADiskFullProblemThatNamesTheFile() {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full), "no /dev/full here");
        assertProblem(ProblemCode.DISK_FULL, () -> PrivateFiles.append(full, new byte[] {1}))
                .contains("/dev/full", "Remedy: free some space");
    }

    @Test
    void otherFailuresPassAsTheyAre() {
        assertThatThrownBy(() -> PrivateFiles.append(folder.resolve("nowhere"), new byte[] {1}))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void deletesAFolderWithAllInItAndNoneWithoutComplaint() throws IOException {
        Path inner = PrivateFiles.createFolder(folder.resolve("a/b"));
        Files.writeString(inner.resolve("c"), "c");
        PrivateFiles.deleteFolder(folder.resolve("a"));
        PrivateFiles.deleteFolder(folder.resolve("a"));
        assertThat(folder.resolve("a")).doesNotExist();
    }
}
