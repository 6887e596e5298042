package store;

import java.util.List;

/** Puts a box on the first shelf with room. */
record Store(List<Shelf> shelves) {
    boolean put(Box box) {
        return shelves.stream().anyMatch(shelf -> shelf.put(box));
    }
}
