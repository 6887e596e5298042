/**
 * Private fine-tuning as an application uses it: {@link io.veilora.client.BaseModel} is the model, {@link
 * io.veilora.client.FineTuning} a run, {@link io.veilora.client.Outcome} what came of it. The command line is a thin layer
 * over these.
 *
 * <pre>{@code
 * URI provider = URI.create("http://127.0.0.1:8080");
 * try (BaseModel model = BaseModel.connect(provider, apiKey, "sample")) {
 *     Outcome outcome = FineTuning.of(model)
 *             .data(Path.of("train.jsonl"))
 *             .heldOut(Path.of("heldout.jsonl"))
 *             .run(Path.of("runs/first"));
 *     System.out.println(outcome.heldOutLoss());
 * }
 * }</pre>
 *
 * <p>Prompts, completions, activations and the adapter stay in this process; the provider sees ciphertexts, the number of
 * tokens, and when they come (DESIGN §1). The same lines again go on with an interrupted run; so does {@code
 * FineTuning.resume(model, RunConfig.read(runFolder)).run(runFolder)}, which reads files and settings from the run folder.
 *
 * <p>Losses are cross-entropy in nats per labelled token; lengths count optimizer steps unless they say tokens.
 */
package io.veilora.client;
