package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.LANES;
import static io.veilora.client.crypto.NegacyclicTransform.POINTS;

import io.veilora.protocol.lattice.LatticeParameters;
import io.veilora.protocol.wire.EncryptedTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The heart of an encryption: {@code b_j = ⟨A_j, s⟩ + e_j + x̃_j mod q}, panel by panel of features and block by block,
 * straight into the message. The errors of panel {@code p} are stream {@code 1 + p} of the block's seed, token-major.
 */
final class Masking implements Panel.Work {
    private static final double Q = LatticeParameters.Q;
    private static final double ROUNDER = IntLanes.ROUNDER;
    private static final int N = 2 * POINTS;
    private static final float[] PADDING = new float[Panel.WIDTH];

    /**
     * What the blocks of one message share.
     *
     * @param seeds of each block
     * @param secrets of each block, null until they are drawn
     */
    record Request(Plaintext plaintext, List<CentredBinomial.Seed> seeds, BlockSecret[] secrets, byte[] wire) {
        Stream<Block> blocks() {
            return IntStream.range(0, secrets.length).mapToObj(block -> new Block(this, block));
        }

        Stream<BlockSecret> drawnSecrets() {
            return Arrays.stream(secrets).filter(Objects::nonNull);
        }

        @Override
        public String toString() {
            return "Masking.Request[redacted]";
        }
    }

    /** One block of a message. */
    record Block(Request of, int number) {
        void drawSecret(LatticeParameters parameters) {
            of.secrets[number] = BlockSecret.draw(parameters, seed());
        }

        BlockSecret secret() {
            return of.secrets[number];
        }

        CentredBinomial.Seed seed() {
            return of.seeds.get(number);
        }

        int firstToken() {
            return number * N;
        }
    }

    private final List<Block> blocks;
    private final List<BlockSecret> secrets;

    /** Of one message or of several: whose block it is makes no difference. */
    Masking(List<Block> blocks) {
        this.blocks = blocks;
        this.secrets = blocks.stream().map(Block::secret).toList();
    }

    @Override
    public void on(Panel panel) {
        int stream = 1 + panel.first() / Panel.WIDTH;
        panel.multiply(secrets, (i, products) -> {
            Block block = blocks.get(i);
            Workspace workspace = panel.workspace();
            workspace.samples.fill(block.seed(), stream, workspace.errors, N * panel.stride());
            writeWholeGroups(panel, block, products);
            if (panel.width() < panel.stride()) {
                writeRest(panel, block, products);
            }
        });
    }

    /** In one piece on purpose, see CONTRIBUTING. */
    private static void writeWholeGroups(Panel panel, Block block, double[] products) {
        Plaintext plaintext = block.of.plaintext();
        float[] c = plaintext.featureScales();
        byte[] wire = block.of.wire();
        int[] errors = panel.workspace().errors;
        int first = panel.first();
        int whole = panel.width() / LANES * LANES;
        int stride = panel.stride();
        for (int t = 0; t < N; t++) {
            int token = block.firstToken() + t;
            boolean live = token < plaintext.tokens();
            float[] x = live ? plaintext.x() : PADDING;
            int from = live ? plaintext.start(token) + first : 0;
            double scale = live ? plaintext.multiplier(token) : 1;
            int at = t * stride;
            int to = offset(plaintext, token, first);
            for (int j = 0; j < whole; j += LANES) {
                DoubleVector value = IntLanes.toDoubles(x, from + j);
                if (c != null) {
                    value = value.mul(IntLanes.toDoubles(c, first + j));
                }
                DoubleVector plain = value.mul(scale).add(ROUNDER).sub(ROUNDER);
                DoubleVector sum = DoubleVector.fromArray(NegacyclicTransform.SPECIES, products, at + j)
                        .add(plain)
                        .add(IntLanes.toDoubles(errors, at + j));
                // |sum| < 2^47, so the quotient is an exact integer and the residue within 0.2 of the right one
                DoubleVector quotient = sum.mul(1 / Q).add(ROUNDER).sub(ROUNDER);
                IntVector centred = IntLanes.round(sum.sub(quotient.mul(Q)));
                IntVector word =
                        centred.add(centred.lanewise(VectorOperators.ASHR, 31).and((int) LatticeParameters.Q));
                word.reinterpretAsBytes().intoArray(wire, to + 4 * j);
            }
        }
    }

    /** The features of a last group that is not whole. */
    private static void writeRest(Panel panel, Block block, double[] products) {
        Plaintext plaintext = block.of.plaintext();
        int[] errors = panel.workspace().errors;
        for (int t = 0; t < N; t++) {
            int token = block.firstToken() + t;
            for (int j = panel.width() / LANES * LANES; j < panel.width(); j++) {
                int at = t * panel.stride() + j;
                double sum = products[at] + plaintext.integer(token, panel.first() + j) + errors[at];
                int centred = (int) Math.rint(sum - Math.rint(sum * (1 / Q)) * Q);
                int word = centred + (centred >> 31 & (int) LatticeParameters.Q);
                IntLanes.storeWord(word, block.of.wire(), offset(plaintext, token, panel.first() + j));
            }
        }
    }

    private static int offset(Plaintext plaintext, int token, int feature) {
        return EncryptedTensor.HEADER_BYTES + 4 * (token * plaintext.features() + feature);
    }
}
