package io.veilora.client.train;

import java.util.List;

/** Follows a training run: a progress bar, a metrics file. Called on the training thread; an exception ends the run. */
@FunctionalInterface
public interface TrainingListener {
    void on(TrainingEvent event);

    /** Tells several listeners, in order. */
    static TrainingListener all(List<TrainingListener> listeners) {
        List<TrainingListener> all = List.copyOf(listeners);
        return event -> all.forEach(listener -> listener.on(event));
    }
}
