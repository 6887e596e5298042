package store;

import java.util.ArrayList;
import java.util.List;

/** A shelf holds boxes up to a weight. */
final class Shelf {
    private final int mostKilograms;
    private final List<Box> boxes = new ArrayList<>();

    Shelf(int mostKilograms) {
        this.mostKilograms = mostKilograms;
    }

    boolean put(Box box) {
        int weight = boxes.stream().mapToInt(Box::kilograms).sum();
        if (weight + box.kilograms() > mostKilograms) {
            return false;
        }
        return boxes.add(box);
    }
}
