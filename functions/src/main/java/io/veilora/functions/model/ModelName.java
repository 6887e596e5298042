package io.veilora.functions.model;

import io.veilora.protocol.problem.PermanentException;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import java.util.regex.Pattern;

/** The form of a model's name: safe in a URL, as a folder and in an event. */
public final class ModelName {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private ModelName() {}

    public static boolean isValid(String name) {
        return name != null && FORM.matcher(name).matches();
    }

    /** @throws PermanentException {@link ProblemCode#INVALID_INPUT} if it has another form */
    public static String require(String name) {
        if (!isValid(name)) {
            throw new PermanentException(Problem.of(ProblemCode.INVALID_INPUT)
                    .detail("model name: got '%s', expected letters, digits, '.', '_' and '-', at most 100", name)
                    .remedy("give another name with --name"));
        }
        return name;
    }
}
