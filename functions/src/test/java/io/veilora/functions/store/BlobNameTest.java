package io.veilora.functions.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.functions.store.BlobName.Kind;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BlobNameTest {
    @Test
    void aTenantNameThatWouldLeaveTheFolderIsRefused() {
        for (String name : new String[] {"..", "a/b", "", "A", "-a", "a".repeat(64)}) {
            assertThatThrownBy(() -> new BlobName(name, UUID.randomUUID(), Kind.CLAIM))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
