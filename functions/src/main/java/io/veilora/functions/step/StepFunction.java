package io.veilora.functions.step;

import io.veilora.functions.ledger.StepUsage;
import io.veilora.functions.ledger.UsageLedger;
import io.veilora.functions.model.ModelStore;
import io.veilora.functions.step.StepOutcome.Completed;
import io.veilora.functions.step.StepOutcome.Failed;
import io.veilora.functions.step.StepOutcome.Foreign;
import io.veilora.functions.store.BlobName;
import io.veilora.functions.store.BlobName.Kind;
import io.veilora.functions.store.BlobStore;
import io.veilora.functions.store.StoreFailure;
import io.veilora.protocol.problem.Problem;
import io.veilora.protocol.problem.ProblemCode;
import io.veilora.protocol.problem.VeiloraException;
import io.veilora.protocol.step.StepRequested;
import io.veilora.protocol.step.StepTiming;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * The provider's function (DESIGN §5, point 3): a batch of events in, an outcome for each out. For every group of steps
 * of one layer and direction one GEMM; each answer is stored, then charged. Stateless: what it needs to know lies in the
 * stores, so that any replica can take any step, twice or after a crash, with the same result.
 *
 * <p>A store that fails for a moment is tried again ({@link BoundedRetry}); if that does not help the step fails as
 * retriable and its event goes to the dead letters, so that one sick step never holds up the others. Metering comes
 * first: an answer that cannot be charged is taken back, and the client's next try computes it anew.
 */
public final class StepFunction {
    private static final Logger LOG = Logger.getLogger(StepFunction.class);

    private final StepChecks checks;
    private final StepEvaluation evaluation;
    private final BlobStore blobs;
    private final UsageLedger ledger;
    private final long budgetBytes;

    /** @param budgetBytes memory for the requests and answers of one GEMM */
    public StepFunction(ModelStore models, GroupGemm gemm, BlobStore blobs, UsageLedger ledger, long budgetBytes) {
        this.checks = new StepChecks(models, blobs);
        this.evaluation = new StepEvaluation(checks, gemm, blobs, new AnswerMemory(budgetBytes));
        this.blobs = blobs;
        this.ledger = ledger;
        this.budgetBytes = budgetBytes;
    }

    /** @return one outcome for every different event, in no particular order; events of equal content count once */
    public List<StepOutcome> process(List<StepRequested> events) {
        Map<StepRequested, StepOutcome> outcomes = new LinkedHashMap<>();
        List<CheckedStep> toCompute = new ArrayList<>();
        List<CheckedStep> repeated = new ArrayList<>();
        for (StepRequested event : distinct(events)) {
            try {
                StepRequested claim = checks.claim(event);
                if (!StepClaim.isSameWork(claim, event)) {
                    outcomes.put(event, new Foreign(event, foreign()));
                    continue;
                }
                CheckedStep step = checks.check(event);
                boolean answered = BoundedRetry.of(() -> blobs.exists(step.blob(Kind.ANSWER)));
                (answered ? repeated : toCompute).add(step);
            } catch (IOException | RuntimeException e) {
                outcomes.put(event, new Failed(event, problem(e)));
            }
        }
        List<StepUsage> usage = new ArrayList<>();
        for (CheckedStep step : repeated) {
            outcomes.put(step.event(), new Completed(step.event(), new StepTiming(0, 0, 0, 0), 0));
            usage.add(usage(step, 0));
        }
        for (List<CheckedStep> group : StepGroups.of(toCompute, budgetBytes)) {
            for (StepOutcome outcome : evaluation.evaluate(group)) {
                outcomes.put(outcome.step(), outcome);
            }
        }
        for (CheckedStep step : toCompute) {
            if (outcomes.get(step.event()) instanceof Completed completed) {
                usage.add(usage(step, completed.timing().gemm()));
            }
        }
        charge(usage, outcomes);
        outcomes.values().forEach(this::tidy);
        return List.copyOf(outcomes.values());
    }

    /** One event a step: a repetition in the same batch is the same work. Claims tell forgeries apart later. */
    private static List<StepRequested> distinct(List<StepRequested> events) {
        Map<StepRequested, StepRequested> byWork = new LinkedHashMap<>();
        events.forEach(event -> byWork.putIfAbsent(StepClaim.republished(event, 0), event));
        return List.copyOf(byWork.values());
    }

    private static StepUsage usage(CheckedStep step, long gemmMicros) {
        return new StepUsage(
                step.event(), step.multiplyAdds(), step.requestBytes(), step.answerBytes(), gemmMicros, Instant.now());
    }

    private void charge(List<StepUsage> usage, Map<StepRequested, StepOutcome> outcomes) {
        try {
            BoundedRetry.of(() -> {
                try {
                    ledger.record(usage);
                    return null;
                } catch (SQLException e) {
                    throw new IOException("the ledger does not answer", e);
                }
            });
        } catch (IOException e) {
            LOG.errorf(e, "%d steps cannot be charged: their answers are taken back", usage.size());
            Problem problem = StoreFailure.problem(e);
            for (StepUsage row : usage) {
                outcomes.put(row.step(), new Failed(row.step(), problem));
                deleteQuietly(blob(row.step(), Kind.ANSWER));
            }
        }
    }

    /** An answered step's request is of no more use; a failed step's reason must outlive this process. */
    private void tidy(StepOutcome outcome) {
        switch (outcome) {
            case Completed completed -> deleteQuietly(blob(completed.step(), Kind.REQUEST));
            case Failed failed -> evaluation.storeProblem(failed);
            case Foreign foreign ->
                LOG.warnf(
                        "step %s: an event contradicts its claim",
                        foreign.step().stepId());
        }
    }

    private void deleteQuietly(BlobName name) {
        try {
            blobs.delete(name);
        } catch (IOException e) {
            LOG.warnf("step %s: its %s stays until it expires", name.stepId(), name.kind());
        }
    }

    private static BlobName blob(StepRequested step, Kind kind) {
        return new BlobName(step.tenant(), step.stepId(), kind);
    }

    private static Problem foreign() {
        return Problem.of(ProblemCode.POISON_EVENT).detail("the event is not what its step id was claimed for");
    }

    /** What a client may know of a failure. */
    static Problem problem(Exception failure) {
        if (failure instanceof VeiloraException known) {
            return known.problem();
        }
        if (failure instanceof IOException store) {
            LOG.warnf(failure, "a store failed");
            return StoreFailure.problem(store);
        }
        LOG.errorf(failure, "a step failed");
        return Problem.of(ProblemCode.STEP_FAILED).remedy("try again; if it stays so, tell the provider");
    }
}
