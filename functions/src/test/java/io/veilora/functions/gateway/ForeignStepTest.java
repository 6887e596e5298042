package io.veilora.functions.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.store.FileBlobStore;
import io.veilora.protocol.problem.VeiloraException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Asking for another tenant's step is asking for one that does not exist: the same answer from the same work. */
class ForeignStepTest {
    @TempDir
    Path folder;

    private final List<String> calls = new ArrayList<>();

    @Test
    void aForeignStepAndAnUnknownOneTakeTheSameCallsOfTheStoreAndGetTheSameAnswer() throws Exception {
        BlobStore store = new FileBlobStore(folder);
        UUID foreign = UUID.randomUUID();
        for (Kind kind : Kind.values()) {
            store.putIfAbsent(new BlobName("bob", foreign, kind), MemorySegment.ofArray(new byte[] {1}));
        }
        StepGateway gateway = new StepGateway(recording(store), new WaitingSteps(), step -> null, Duration.ofMillis(1));
        String answer = ask(gateway, foreign);
        List<String> callsForForeign = List.copyOf(calls);
        calls.clear();
        assertThat(ask(gateway, UUID.randomUUID())).isEqualTo(answer);
        assertThat(calls).isEqualTo(callsForForeign).isNotEmpty();
    }

    private static String ask(StepGateway gateway, UUID stepId) {
        String[] answer = {null};
        assertThatThrownBy(() -> gateway.poll(new BlobName("alice", stepId, Kind.CLAIM)))
                .isInstanceOfSatisfying(
                        VeiloraException.class,
                        e -> answer[0] = e.problem().toString().replace(stepId.toString(), "ID"));
        return answer[0];
    }

    /** The store, and a list of what it was asked with which answer. */
    private BlobStore recording(BlobStore store) {
        return (BlobStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {BlobStore.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(store, arguments);
                        String tenantAndKind = arguments[0] instanceof BlobName name
                                ? name.tenant() + " " + name.kind()
                                : String.valueOf(arguments[0]);
                        calls.add(method.getName() + " " + tenantAndKind + " " + result);
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
