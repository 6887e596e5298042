package io.veilora.functions.step;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which steps share a GEMM: the same weights in the same direction, whoever sent them (blocks of all tenants stack,
 * DESIGN §5), as many as fit the memory budget.
 */
final class StepGroups {
    private StepGroups() {}

    static List<List<CheckedStep>> of(List<CheckedStep> steps, long budgetBytes) {
        Map<String, List<CheckedStep>> byLayer = new LinkedHashMap<>();
        for (CheckedStep step : steps) {
            byLayer.computeIfAbsent(step.event().recordKey(), key -> new ArrayList<>())
                    .add(step);
        }
        List<List<CheckedStep>> groups = new ArrayList<>();
        byLayer.values().forEach(sameLayer -> cut(sameLayer, budgetBytes, groups));
        return groups;
    }

    private static void cut(List<CheckedStep> sameLayer, long budgetBytes, List<List<CheckedStep>> groups) {
        List<CheckedStep> group = new ArrayList<>();
        long bytes = 0;
        for (CheckedStep step : sameLayer) {
            long more = step.requestBytes() + step.answerBytes();
            if (!group.isEmpty() && bytes + more > budgetBytes) {
                groups.add(group);
                group = new ArrayList<>();
                bytes = 0;
            }
            group.add(step);
            bytes += more;
        }
        groups.add(group);
    }
}
