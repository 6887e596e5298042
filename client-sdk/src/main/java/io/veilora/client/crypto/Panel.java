package io.veilora.client.crypto;

import static io.veilora.client.crypto.NegacyclicTransform.LANES;

import java.util.List;

/**
 * Inner products {@code ⟨row, s⟩} of a few neighbouring groups of rows. The data that they meet is token-major: a panel
 * touches whole cache lines of it, where one group alone would touch a part of each.
 *
 * <p>For one thread. Closing wipes the products.
 */
final class Panel implements AutoCloseable {
    static final int GROUPS = 4;

    /** Features of a whole panel. */
    static final int WIDTH = GROUPS * LANES;

    /** Works on panels, on several threads at once. */
    interface Work {
        void on(Panel panel);
    }

    /** Uses the products of one block. */
    interface Use {
        /** @param products (N, {@link #stride}), within 0.2 of integers */
        void on(int block, double[] products);
    }

    private final TransformedRows rows;
    private final int end;
    private final double[][] groups = new double[GROUPS][];
    private final Workspace workspace = Workspace.take();
    private int first;
    private int size; // groups

    private Panel(TransformedRows rows, int end) {
        this.rows = rows;
        this.end = end;
    }

    /**
     * Gives the panels of rows {@code first … end−1} to {@code work}, on all cores.
     *
     * @param first a multiple of {@link #WIDTH}
     */
    static void forEach(TransformedRows rows, int first, int end, Work work) {
        int panels = (end - first + WIDTH - 1) / WIDTH;
        LaneTasks.run(panels, (firstPanel, endPanel) -> {
            try (Panel panel = new Panel(rows, end)) {
                for (int p = firstPanel; p < endPanel; p++) {
                    panel.load(first + p * WIDTH);
                    work.on(panel);
                }
            }
        });
    }

    private void load(int feature) {
        first = feature;
        size = (width() + LANES - 1) / LANES;
        for (int i = 0; i < size; i++) {
            groups[i] = rows.group(first / LANES + i, i, workspace);
        }
    }

    /** The first feature. */
    int first() {
        return first;
    }

    /** Features in this panel. */
    int width() {
        return Math.min(WIDTH, end - first);
    }

    /** Products of one token: whole groups. */
    int stride() {
        return size * LANES;
    }

    /** Gives the products of all rows with each secret to {@code use}. */
    void multiply(List<BlockSecret> secrets, Use use) {
        for (int block = 0; block < secrets.size(); block += 2) {
            if (block + 1 < secrets.size()) {
                multiply(secrets.get(block), secrets.get(block + 1));
                use.on(block, workspace.products);
                use.on(block + 1, workspace.otherProducts);
            } else {
                multiply(secrets.get(block));
                use.on(block, workspace.products);
            }
        }
    }

    private void multiply(BlockSecret secret) {
        double[] lanes = workspace.lanes;
        for (int i = 0; i < size; i++) {
            secret.multiply(groups[i], lanes);
            InverseTransform.run(lanes, workspace.products, i * LANES, stride());
        }
    }

    private void multiply(BlockSecret secret, BlockSecret other) {
        double[] lanes = workspace.lanes;
        double[] otherLanes = workspace.otherLanes;
        for (int i = 0; i < size; i++) {
            BlockSecret.multiply(secret, other, groups[i], lanes, otherLanes);
            InverseTransform.run(lanes, workspace.products, i * LANES, stride());
            InverseTransform.run(otherLanes, workspace.otherProducts, i * LANES, stride());
        }
    }

    /** Arrays of this panel's thread. */
    Workspace workspace() {
        return workspace;
    }

    @Override
    public void close() {
        workspace.close();
    }
}
