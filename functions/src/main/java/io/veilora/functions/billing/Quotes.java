package io.veilora.functions.billing;

import io.veilora.functions.billing.PriceList.Version;
import io.veilora.protocol.account.Quote;
import io.veilora.protocol.model.LayerKind;
import io.veilora.protocol.model.ModelManifest;
import io.veilora.protocol.model.ModelManifest.RemoteLayer;
import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.wire.AnswerBits;
import io.veilora.protocol.wire.EncryptedTensor;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What a run would cost: the same sums and the same prices as on a bill, of steps that were not sent yet. */
public final class Quotes {
    private static final int MOST_ITEMS = 1000;
    private static final long MOST_STEPS = 1L << 40;

    private final PriceFile prices;

    public Quotes(PriceFile prices) {
        this.prices = prices;
    }

    /** @throws PermanentException INVALID_REQUEST for steps that the model cannot have, or where there is no price */
    public Quote quote(ModelManifest model, Quote.Wanted wanted) {
        if (wanted.items() == null || wanted.items().isEmpty() || wanted.items().size() > MOST_ITEMS) {
            throw PermanentException.invalidRequest("items: expected 1 to " + MOST_ITEMS);
        }
        Sums sums = Sums.NONE;
        for (Quote.Item item : wanted.items()) {
            sums = sums.plus(sums(model, item));
        }
        Instant now = Instant.now();
        PriceList list = prices.current()
                .orElseThrow(
                        () -> PermanentException.invalidRequest("this provider has no price list: nothing is charged"));
        Version version = list.at(now)
                .orElseThrow(() -> PermanentException.invalidRequest("no version of the price list is valid now"));
        Price price = version.price(model.model())
                .orElseThrow(() ->
                        PermanentException.invalidRequest("the price list has no price for model " + model.model()));
        return new Quote(
                model.model(),
                list.currency(),
                version.name(),
                price.amount(sums),
                sums.steps(),
                sums.tokens(),
                sums.multiplyAdds(),
                sums.bytes(),
                now.toString());
    }

    private static Sums sums(ModelManifest model, Quote.Item item) {
        RemoteLayer layer = layer(model, item.kind());
        int block = model.parameters().ringDimension();
        if (item.direction() == null
                || item.steps() < 0
                || item.steps() > MOST_STEPS
                || item.tokens() <= 0
                || item.tokens() % block != 0) {
            throw PermanentException.invalidRequest(
                    "items: expected a direction, at least 0 steps, and tokens that are a multiple of " + block);
        }
        AnswerBits bits = AnswerBits.of(item.answerBits());
        int sent = layer.requestFeatures(item.direction());
        int received = layer.answerFeatures(item.direction());
        return new Sums(
                item.steps(),
                Math.multiplyExact(item.steps(), item.tokens()),
                BigInteger.valueOf(item.steps())
                        .multiply(BigInteger.valueOf((long) item.tokens() * sent))
                        .multiply(BigInteger.valueOf(received)),
                Math.multiplyExact(item.steps(), EncryptedTensor.wireBytes(AnswerBits.BITS_32, item.tokens(), sent)),
                Math.multiplyExact(item.steps(), EncryptedTensor.wireBytes(bits, item.tokens(), received)),
                0);
    }

    /** Any layer of that kind: they have the same shape. */
    private static RemoteLayer layer(ModelManifest model, String kind) {
        for (RemoteLayer layer : model.layers()) {
            if (layer.id().kind().label().equals(kind)) {
                return layer;
            }
        }
        throw PermanentException.invalidRequest("kind: expected one of "
                + Arrays.stream(LayerKind.values()).map(LayerKind::label).collect(Collectors.joining(", ")));
    }
}
