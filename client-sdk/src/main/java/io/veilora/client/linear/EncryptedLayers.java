package io.veilora.client.linear;

import io.veilora.client.crypto.HintRows;
import io.veilora.client.crypto.MlweCipher;
import io.veilora.client.crypto.TransformBudget;
import io.veilora.client.crypto.TransformedRows;
import io.veilora.client.transport.StepTransport;
import io.veilora.protocol.lattice.PublicMatrix;
import io.veilora.protocol.model.Direction;
import io.veilora.protocol.model.LayerId;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** The remote layers of one model: one cipher, one transport, and for every layer its scales and hints. */
public final class EncryptedLayers implements Function<LayerId, FrozenLinear> {
    /** What a client has of a model besides the manifest. */
    public interface Source {
        /** The hint of a layer; its rows are checked before they are read. */
        HintRows hint(LayerId layer, Direction direction);

        /** {@code c}, (d_out). */
        float[] scales(LayerId layer);

        /** Bytes of hints that are kept, and so are no traffic of a step. */
        default long keptHintBytes() {
            return 0;
        }

        /** Bytes of hints streamed up to now, because they are not kept. */
        default long streamedHintBytes() {
            return 0;
        }
    }

    private final Map<LayerId, EncryptedLinear> layers = new HashMap<>();
    private final StepCosts costs;
    private final Source source;

    public EncryptedLayers(ModelManifest manifest, Source source, StepTransport transport) {
        this.source = source;
        this.costs = new StepCosts(source::streamedHintBytes);
        TransformBudget budget = TransformBudget.ofHeap();
        PublicMatrix matrix = manifest.publicMatrix();
        int widest = 0;
        for (RemoteLayer layer : manifest.layers()) {
            widest = Math.max(widest, Math.max(layer.inputFeatures(), layer.outputFeatures()));
        }
        MlweCipher cipher = new MlweCipher(
                manifest.parameters(), TransformedRows.of(matrix, widest, budget), manifest.modelDigest());
        RemoteCalls calls = new RemoteCalls(cipher, transport, costs, FlightBudget.ofHeap());
        for (RemoteLayer layer : manifest.layers()) {
            layers.put(layer.id(), new EncryptedLinear(layer, source, calls, budget));
        }
    }

    @Override
    public FrozenLinear apply(LayerId layer) {
        return layers.get(layer);
    }

    /** What all steps cost up to now. */
    public StepCosts costs() {
        return costs;
    }

    /** Bytes of hints on this machine's disk. */
    public long keptHintBytes() {
        return source.keptHintBytes();
    }
}
