"""Fine-tunes the sample with LoRA in clear, twice: on the weights as they are, and as if a Veilora provider
computed: int8 weights, every linear output and every input gradient off by a relative 2^-9.

    python check_finetune.py model data

Prints the held-out loss before and after, an answer before and after, and how far apart the two
loss curves are. This is the sample's reference: what Veilora's own training should reproduce.
"""
import argparse
import json
import math
import random
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
EOS, PAD, IGNORE = 1, 2, -100
NOISE = 2 ** -9


def disturbed(x):
    """x with Gaussian noise of relative size NOISE, measured per token."""
    return x + NOISE * x.pow(2).mean(dim=-1, keepdim=True).sqrt() * torch.randn_like(x)


class DisturbedGradient(torch.autograd.Function):
    """Identity whose gradient comes back with noise."""

    @staticmethod
    def forward(context, x):
        return x.clone()

    @staticmethod
    def backward(context, dx):
        return disturbed(dx)


def rounded(weight):
    scale = weight.abs().amax(dim=1, keepdim=True) / 127
    return torch.round(weight / scale) * scale


@torch.no_grad()
def as_provider_computes(model, noisy):
    """Rounds every linear weight, the head's too (the embedding stays), and disturbs both directions."""
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.weight.copy_(rounded(module.weight))
            if noisy:
                module.register_forward_pre_hook(lambda _, inputs: (DisturbedGradient.apply(inputs[0]),))
                module.register_forward_hook(lambda _, inputs, y: disturbed(y))


def load(path, tokenizer):
    """Per record: the tokens <|bos|> prompt completion <|eos|>, and how many belong to the prompt."""
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        prompt = tokenizer.encode(record["prompt"]).ids
        yield prompt + tokenizer.encode(record["completion"], add_special_tokens=False).ids + [EOS], len(prompt)


def batches(records, size, rng):
    """Endless micro-batches: records in random order, as many as fit in `size` tokens."""
    batch = []
    while True:
        for record in rng.sample(records, len(records)):
            if batch and sum(len(ids) for ids, _ in batch) + len(record[0]) > size:
                yield batch
                batch = []
            batch.append(record)


def loss_of(model, batch):
    """Mean cross-entropy over the completion's tokens."""
    longest = max(len(ids) for ids, _ in batch)
    ids = torch.tensor([ids + [PAD] * (longest - len(ids)) for ids, _ in batch])
    labels = torch.tensor([[IGNORE] * cut + ids[cut:] + [IGNORE] * (longest - len(ids)) for ids, cut in batch])
    logits = model(input_ids=ids, use_cache=False).logits  # padding is on the right, so causality hides it
    return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORE)


@torch.no_grad()
def held_out_loss(model, records):
    total = count = 0
    for at in range(0, len(records), 10):
        part = records[at:at + 10]
        tokens = sum(len(ids) - cut for ids, cut in part)
        total, count = total + loss_of(model, part).item() * tokens, count + tokens
    return total / count


@torch.no_grad()
def answer(model, tokenizer, record, limit=120):
    ids, cut = record
    ids = ids[:cut]
    while len(ids) < cut + limit and (not ids[cut:] or ids[-1] != EOS):
        ids = ids + [model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1].argmax().item()]
    return tokenizer.decode(ids[cut:])


def fine_tune(options, provider):
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    train, held_out = (list(load(options.data / f"{name}.jsonl", tokenizer)) for name in ("train", "heldout"))
    model = LlamaForCausalLM.from_pretrained(options.model, dtype=torch.float32)
    if provider:
        as_provider_computes(model, noisy=not options.no_noise)
    torch.manual_seed(options.seed)
    model = get_peft_model(model, LoraConfig(r=options.rank, lora_alpha=2 * options.rank, target_modules=TARGETS))
    adapter = [w for w in model.parameters() if w.requires_grad]
    optimizer = torch.optim.AdamW(adapter, lr=options.lr, weight_decay=0.0)

    before = held_out_loss(model, held_out), answer(model, tokenizer, held_out[0])
    source, losses = batches(train, options.tokens, random.Random(options.seed)), []
    for step in range(options.steps):
        warm = min(1, (step + 1) / options.warmup)
        done = max(0, step - options.warmup) / (options.steps - options.warmup)
        optimizer.param_groups[0]["lr"] = options.lr * warm * 0.5 * (1 + math.cos(math.pi * done))
        parts = [next(source) for _ in range(options.accumulate)]
        counts = [sum(len(ids) - cut for ids, cut in part) for part in parts]
        optimizer.zero_grad()
        losses.append(0.0)
        for part, count in zip(parts, counts):
            loss = loss_of(model, part) * (count / sum(counts))
            loss.backward()
            losses[-1] += loss.item()
        optimizer.step()
    after = held_out_loss(model, held_out), answer(model, tokenizer, held_out[0])
    return before, after, losses, tokenizer.decode(held_out[0][0])


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--steps", type=int, default=220)
    arguments.add_argument("--tokens", type=int, default=512, help="per micro-batch")
    arguments.add_argument("--accumulate", type=int, default=1, help="micro-batches per optimizer step")
    arguments.add_argument("--rank", type=int, default=8)
    arguments.add_argument("--lr", type=float, default=1e-3)
    arguments.add_argument("--warmup", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--no-noise", action="store_true", help="int8 weights only")
    arguments.add_argument("--threads", type=int, default=1)
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)

    before, after, clear, text = fine_tune(options, provider=False)
    print(f"in clear: held-out loss {before[0]:.3f} -> {after[0]:.3f} ({100 * (1 - after[0] / before[0]):.0f} % less), "
          f"last training losses {' '.join(f'{loss:.3f}' for loss in clear[-5:])}")
    print(f"--- a held-out record\n{text}\n--- answer before\n{before[1]}\n--- answer after\n{after[1]}", flush=True)
    before, after, provider, _ = fine_tune(options, provider=True)
    apart = [abs(p - c) / c for p, c in zip(provider, clear)]
    print(f"as a provider computes: held-out loss {before[0]:.3f} -> {after[0]:.3f}")
    print(f"loss curves apart: largest {100 * max(apart):.3f} % at step {apart.index(max(apart)) + 1}, mean {100 * sum(apart) / len(apart):.3f} %")


if __name__ == "__main__":
    main()
