"""Writes the reference values that LlamaReferenceTest holds the Java code to.

    python make_reference.py ../resources/reference

Tiny random Llama models from transformers, adapted by PEFT on all seven projections with non-zero loraB, in float32 on
the CPU, one sequence at a time. For each model one safetensors file:

    __metadata__.case         JSON: config.json of the model, LoRA and optimizer settings, token ids and labels by
                              sequence (-100 = ignored), loss sum, losses, learning rates and gradient norms by step
    model.* , lm_head.*       weights, under Hugging Face's names (lm_head is absent when tied)
    logits                    (T, vocabulary), sequences one after the other
    value.NAME                a LoRA matrix before training, NAME as PEFT saves it
    gradient.NAME             its gradient of (sum of losses)/(number of labels)
    trained.NAME              its value after five optimizer steps on the same batch, with clipping and a schedule
"""

import json
import math
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

IGNORE = -100
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
OPTIMIZER = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-6, "weight_decay": 0.1, "max_norm": 0.05,
             "decay": "cosine", "peak": 1e-2, "floor": 1e-3, "warmup": 2, "total": 5}

CASES = {
    "one_query_head_per_key_head_tied": {
        "config": dict(vocab_size=131, hidden_size=48, intermediate_size=72, num_hidden_layers=2,
                       num_attention_heads=6, num_key_value_heads=6, head_dim=10, rope_theta=10000.0,
                       rms_norm_eps=1e-6, tie_word_embeddings=True),
        "rank": 4, "alpha": 6.0, "lengths": [13, 37, 1, 6], "optimizer": {},
    },
    "two_query_heads_per_key_head_untied": {
        "config": dict(vocab_size=67, hidden_size=24, intermediate_size=52, num_hidden_layers=3,
                       num_attention_heads=4, num_key_value_heads=2, head_dim=8, rope_theta=500000.0,
                       rms_norm_eps=1e-5, tie_word_embeddings=False),
        "rank": 3, "alpha": 8.0, "lengths": [9, 22, 17], "optimizer": {"decay": "linear", "floor": 0.0},
    },
    "four_query_heads_per_key_head_untied": {
        "config": dict(vocab_size=257, hidden_size=32, intermediate_size=37, num_hidden_layers=2,
                       num_attention_heads=8, num_key_value_heads=2, head_dim=6, rope_theta=10000.0,
                       rms_norm_eps=1e-5, tie_word_embeddings=False),
        "rank": 8, "alpha": 16.0, "lengths": [70, 3, 11], "optimizer": {"max_norm": 100.0, "weight_decay": 0.0},
    },
}


def random_model(settings, generator):
    config = LlamaConfig(**settings, max_position_embeddings=128, attention_bias=False, mlp_bias=False,
                         attn_implementation="eager", use_cache=False)
    model = LlamaForCausalLM(config).float().eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if "norm" in name:
                weight.copy_(1 + 0.2 * noise)
            elif "embed_tokens" in name:
                weight.copy_(0.3 * noise)
            else:
                weight.copy_(noise / math.sqrt(weight.shape[1]))
    return model


def adapted(model, case, generator):
    peft = get_peft_model(model, LoraConfig(r=case["rank"], lora_alpha=case["alpha"], target_modules=TARGETS,
                                            lora_dropout=0.0, bias="none", task_type="CAUSAL_LM"))
    lora = {name: weight for name, weight in peft.named_parameters() if weight.requires_grad}
    with torch.no_grad():
        for weight in lora.values():
            weight.copy_(torch.randn(weight.shape, generator=generator) / math.sqrt(weight.shape[1]) / 2)
    return peft, {name.replace(".default.", "."): weight for name, weight in lora.items()}


def random_batch(case, generator):
    """Token ids and next-token labels by sequence; a prompt of random length does not count."""
    tokens, labels = [], []
    for length in case["lengths"]:
        text = torch.randint(case["config"]["vocab_size"], (length + 1,), generator=generator).tolist()
        prompt = int(torch.randint(max(1, length // 2), (1,), generator=generator))
        tokens.append(text[:-1])
        labels.append([IGNORE] * prompt + text[prompt + 1:])
    labels[-1][-1] = IGNORE
    return tokens, labels


def logits_and_loss(model, tokens, labels):
    """All logits (T, vocabulary) and the sum of the losses, one sequence at a time."""
    logits = [model(input_ids=torch.tensor([sequence])).logits[0] for sequence in tokens]
    loss = sum(torch.nn.functional.cross_entropy(z, torch.tensor(y), ignore_index=IGNORE, reduction="sum")
               for z, y in zip(logits, labels))
    return torch.cat(logits), loss


def schedule(step, settings):
    """The factor on the peak rate for optimizer step 0, 1, 2, …"""
    if step < settings["warmup"]:
        return (step + 1) / settings["warmup"]
    progress = (step - settings["warmup"]) / (settings["total"] - settings["warmup"])
    left = 1 - progress if settings["decay"] == "linear" else 0.5 * (1 + math.cos(math.pi * progress))
    floor = settings["floor"] / settings["peak"]
    return floor + (1 - floor) * left


def train(model, lora, tokens, labels, settings):
    """Five optimizer steps; returns losses, learning rates and gradient norms."""
    labelled = sum(label != IGNORE for sequence in labels for label in sequence)
    optimizer = torch.optim.AdamW(lora.values(), lr=settings["peak"], betas=(settings["beta1"], settings["beta2"]),
                                  eps=settings["epsilon"], weight_decay=settings["weight_decay"])
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: schedule(step, settings))
    losses, used, norms = [], [], []
    for _ in range(settings["total"]):
        optimizer.zero_grad()
        _, loss = logits_and_loss(model, tokens, labels)
        (loss / labelled).backward()
        losses.append(loss.item())
        used.append(rates.get_last_lr()[0])
        norms.append(torch.nn.utils.clip_grad_norm_(lora.values(), settings["max_norm"]).item())
        optimizer.step()
        rates.step()
    return {"losses": losses, "learning_rates": used, "gradient_norms": norms}


def write(name, case, folder, seed):
    generator = torch.Generator().manual_seed(seed)
    model = random_model(case["config"], generator)
    config = {**model.config.to_dict(), "architectures": ["LlamaForCausalLM"]}
    tensors = {key: weight.detach().clone() for key, weight in model.named_parameters()}
    model, lora = adapted(model, case, generator)
    tokens, labels = random_batch(case, generator)

    logits, loss = logits_and_loss(model, tokens, labels)
    labelled = sum(label != IGNORE for sequence in labels for label in sequence)
    (loss / labelled).backward()
    tensors["logits"] = logits.detach()
    for key, weight in lora.items():
        tensors["value." + key] = weight.detach().clone()
        tensors["gradient." + key] = weight.grad.clone()
    settings = {**OPTIMIZER, **case["optimizer"]}
    run = train(model, lora, tokens, labels, settings)
    for key, weight in lora.items():
        tensors["trained." + key] = weight.detach().clone()

    text = json.dumps({"config": config, "rank": case["rank"], "alpha": case["alpha"], "tokens": tokens,
                       "labels": labels, "loss": loss.item(), "optimizer": settings, **run}, default=str)
    tensors = {key: tensor.contiguous() for key, tensor in tensors.items()}
    save_file(tensors, folder / f"{name}.safetensors", metadata={"case": text})
    print(name, "loss", loss.item(), run)


if __name__ == "__main__":
    torch.set_num_threads(1)
    target = Path(sys.argv[1])
    for index, (case_name, settings_of_case) in enumerate(CASES.items()):
        write(case_name, settings_of_case, target, seed=100 + index)
