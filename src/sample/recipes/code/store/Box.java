package store;

/** A box and what it weighs. */
record Box(String label, int kilograms) {
    Box {
        if (kilograms <= 0) {
            throw new IllegalArgumentException("kilograms: got " + kilograms);
        }
    }
}
