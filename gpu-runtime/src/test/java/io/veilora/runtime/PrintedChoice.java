package io.veilora.runtime;

/** Prints the engine that a process gets here, after its self-check: the smallest program that uses a GPU. */
public final class PrintedChoice {
    private PrintedChoice() {}

    public static void main(String[] arguments) {
        EngineChoice choice = ModularGemms.best();
        System.out.println(choice.reason());
        choice.engine().close();
    }
}
