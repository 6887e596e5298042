package io.veilora.functions.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.veilora.client.transport.ConnectionListener;
import io.veilora.client.transport.StepTransport.StepRequest;
import io.veilora.protocol.wire.EncryptedTensor;
import io.veilora.protocol.wire.Sha256;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the provider's process receives, stores and logs while a model is fine-tuned, searched for what the data owner
 * has. The base model itself, embedding table included, is the provider's own and is left out, after a check that the
 * training did not change it.
 */
class NothingLeaksIT {
    private static final int OPTIMIZER_STEPS = 2;

    @TempDir
    static Path folder;

    private static final RecordedTraining training = new RecordedTraining();
    private static final List<StepRequest> firstRun = new ArrayList<>();
    private static final List<StepRequest> secondRun = new ArrayList<>();
    private static final List<Path> receivedOnTheWire = new ArrayList<>();
    private static final List<Path> keptRequests = new ArrayList<>();
    private static final List<Path> storedAndLogged = new ArrayList<>();

    @BeforeAll
    static void trainTwiceOnEqualDataAndKillTheProvider() throws Exception {
        try (SampleProvider provider = SampleProvider.imported(folder).start()) {
            Path models = provider.data().resolve("models");
            Map<Path, String> before = digests(models);
            RecordingProxy proxy = new RecordingProxy(provider.port(), folder.resolve("wire"));
            try (proxy;
                    RequestWatch watch =
                            RequestWatch.start(provider.data().resolve("blobs"), folder.resolve("requests"))) {
                train(proxy, provider.apiKey(), folder.resolve("first"), firstRun);
                train(proxy, provider.apiKey(), folder.resolve("second"), secondRun);
                keptRequests.addAll(watch.kept());
            }
            provider.kill(); // so that nothing is tidied up
            receivedOnTheWire.addAll(proxy.recordings());
            assertThat(digests(models)).isEqualTo(before);
            storedAndLogged.add(provider.log());
            files(provider.data()).stream()
                    .filter(file -> !file.startsWith(models))
                    .forEach(storedAndLogged::add);
        }
    }

    @AfterAll
    static void forget() {
        Stream.of(firstRun, secondRun).forEach(List::clear);
        Stream.of(receivedOnTheWire, keptRequests, storedAndLogged).forEach(List::clear);
        training.needles().clear();
    }

    @Test
    void noActivationTokenOrTextIsInAnythingThatTheProviderReceivesStoresOrLogs() throws IOException {
        assertThat(training.needles()).hasSizeGreaterThan(5000);
        NeedleSearch search = new NeedleSearch(training.needles());
        assertThat(search.in(receivedOnTheWire)).isEmpty();
        assertThat(search.in(keptRequests)).isEmpty();
        assertThat(search.in(storedAndLogged)).isEmpty();
    }

    @Test
    void theSearchFindsEachKindOfNeedleWhereverItIsPlanted() throws IOException {
        NeedleSearch search = new NeedleSearch(training.needles());
        Map<String, Needle> kinds = new LinkedHashMap<>();
        training.needles().forEach(needle -> kinds.putIfAbsent(needle.name(), needle));
        assertThat(kinds.keySet())
                .contains(
                        "text",
                        "token ids int32",
                        "token ids in decimal",
                        "embedding float32",
                        "input of blocks.0.qkv forward float32",
                        "input of lm_head backward int32",
                        "input of blocks.3.down forward mod q",
                        "answer of blocks.1.o backward float32");
        int odd = 1;
        for (Needle needle : kinds.values()) {
            byte[] bytes = firstRun.get(odd % firstRun.size()).wire().clone();
            int at = 7 * odd;
            System.arraycopy(needle.bytes(), 0, bytes, at, needle.bytes().length);
            Path copy = Files.write(folder.resolve("planted"), bytes);
            assertThat(search.in(List.of(copy))).contains(NeedleSearch.found(needle, copy, at));
            odd += 2;
        }
    }

    @Test
    void whatIsSearchedHoldsTheRequestsTheTopicsTheLedgerAndTheLog() throws IOException {
        List<Needle> ciphertexts = new ArrayList<>();
        for (StepRequest request : firstRun) {
            byte[] piece = Arrays.copyOfRange(request.wire(), 100, 132);
            ciphertexts.add(new Needle(request.stepId() + " on the wire", piece));
        }
        List<String> found = new NeedleSearch(ciphertexts).in(receivedOnTheWire);
        assertThat(found).hasSize(firstRun.size());
        assertThat(new NeedleSearch(ciphertexts).in(keptRequests)).isNotEmpty();
        Needle stepId = Needle.ofText("step id", firstRun.getFirst().stepId().toString());
        assertThat(new NeedleSearch(List.of(stepId)).in(topicLogs())).isNotEmpty();
        assertThat(storedAndLogged).anyMatch(file -> file.endsWith("ledger.mv.db"));
        assertThat(storedAndLogged).anyMatch(file -> file.toString().endsWith(".answer"));
        assertThat(storedAndLogged.getFirst()).content().contains("ready");
    }

    @Test
    void runsOnEqualDataNeverSendEqualCiphertexts() {
        assertThat(secondRun).hasSameSizeAs(firstRun);
        List<StepRequest> all =
                Stream.concat(firstRun.stream(), secondRun.stream()).toList();
        assertThat(all.stream().map(request -> Sha256.hex(request.wire()))).doesNotHaveDuplicates();
        assertThat(all.stream().map(StepRequest::stepId)).doesNotHaveDuplicates();
        List<Long> rowStarts = new ArrayList<>();
        for (StepRequest request : all) {
            EncryptedTensor tensor = tensor(request);
            for (long token = 0; token < tensor.tokens(); token++) { // two words of every token, padding included
                long at = 4 * token * tensor.features();
                long high = tensor.payload().get(EncryptedTensor.U32, at);
                rowStarts.add(
                        high << 32 | Integer.toUnsignedLong(tensor.payload().get(EncryptedTensor.U32, at + 4)));
            }
        }
        assertThat(rowStarts.stream().distinct().count()).isEqualTo(rowStarts.size());
    }

    @Test
    void theWordsOfEveryRequestAreUniform() {
        for (StepRequest request : firstRun) {
            ChiSquare high = new ChiSquare();
            ChiSquare low = new ChiSquare();
            EncryptedTensor tensor = tensor(request);
            for (long at = 0; at < tensor.payload().byteSize(); at += 4) {
                int word = tensor.payload().get(EncryptedTensor.U32, at);
                high.add(ChiSquare.binOfResidue(word));
                low.add(word & 0xFF);
            }
            assertThat(high.statistic()).as("%s", request.layer()).isLessThan(ChiSquare.LIMIT);
            assertThat(low.statistic()).as("%s", request.layer()).isLessThan(ChiSquare.LIMIT);
        }
    }

    private static void train(RecordingProxy proxy, String apiKey, Path run, List<StepRequest> sent) throws Exception {
        try (SampleClient client =
                SampleClient.connect(proxy.url(), apiKey, folder.resolve("cache"), ConnectionListener.SILENT)) {
            training.train(client, OPTIMIZER_STEPS, run);
            sent.addAll(client.transport().sent());
        }
    }

    private static EncryptedTensor tensor(StepRequest request) {
        return EncryptedTensor.read(MemorySegment.ofArray(request.wire()));
    }

    /** The segments of the steps topic. */
    private static List<Path> topicLogs() {
        return storedAndLogged.stream()
                .filter(file -> file.toString().matches(".*/veilora\\.steps-[0-9]+/[0-9]+\\.log"))
                .toList();
    }

    private static Map<Path, String> digests(Path tree) throws IOException {
        Map<Path, String> digests = new TreeMap<>();
        for (Path file : files(tree)) {
            digests.put(file, Sha256.hex(file));
        }
        return digests;
    }

    private static List<Path> files(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
