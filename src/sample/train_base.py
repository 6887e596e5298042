"""Trains the sample model from scratch: a Llama of 3.4 M weights, on one CPU core.

    python train_base.py /tmp/sample model --steps 3200

AdamW, warm-up then cosine, bfloat16 arithmetic over float32 weights. The last part of the run
(--grid-from) is quantization-aware: the forward pass sees each linear weight rounded to int8 with one
scale per output row, the gradient passes straight through, as if the rounding were not there.
"""
import argparse
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch.nn.utils import parametrize
from transformers import LlamaConfig, LlamaForCausalLM

SEED = 20250507
LENGTH = 256
CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 2048, "hidden_size": 256,
    "intermediate_size": 704, "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 4,
    "head_dim": 32, "hidden_act": "silu", "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "rope_scaling": None,
    "max_position_embeddings": 512, "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": True,
    "initializer_range": 0.02, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2, "torch_dtype": "bfloat16", "use_cache": True,
}


class Int8Rows(torch.nn.Module):
    """Rounds a weight to the int8 grid of each output row; straight-through gradient."""

    def forward(self, weight):
        return weight + (rounded(weight.detach()) - weight.detach())


def rounded(weight):
    scale = weight.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / 127
    return torch.round(weight / scale) * scale


def linears(model):
    return [m for name, m in model.named_modules() if isinstance(m, torch.nn.Linear) and name != "lm_head"]


def tokens(corpus, name, tokenizer):
    """The documents, each between <|bos|> and <|eos|>, in rows of LENGTH + 1 tokens."""
    with open(corpus / f"{name}.jsonl", encoding="utf-8") as f:
        documents = [json.loads(line) for line in f]
    ids = []
    for at in range(0, len(documents), 4096):  # the tokenizer itself puts <|bos|> in front
        for encoding in tokenizer.encode_batch(documents[at:at + 4096]):
            ids += encoding.ids
            ids.append(CONFIG["eos_token_id"])
    rows = (len(ids) - 1) // LENGTH
    flat = np.array(ids, dtype=np.int16)
    return torch.from_numpy(np.stack([flat[r * LENGTH:(r + 1) * LENGTH + 1] for r in range(rows)]))


def loss_of(model, rows):
    rows = rows.long()
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(input_ids=rows[:, :-1], use_cache=False).logits
    return torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), rows[:, 1:].flatten())


@torch.no_grad()
def held_out_loss(model, rows, limit=128):
    model.eval()
    losses = [loss_of(model, part).item() * len(part) for part in rows[:limit].split(32)]
    model.train()
    return sum(losses) / len(rows[:limit])


def rate(step, options):
    if step < options.warmup:
        return options.lr * (step + 1) / options.warmup
    done = (step - options.warmup) / max(1, options.steps - options.warmup)
    return options.lr * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done)))


def save(model, folder):
    """Writes the model as bfloat16; each file appears whole or not at all."""
    weights = {name.replace("parametrizations.weight.original", "weight"): w.detach().to(torch.bfloat16).contiguous()
               for name, w in model.state_dict().items() if name != "lm_head.weight"}
    save_file(weights, folder / "model.safetensors.new", metadata={"format": "pt"})
    os.replace(folder / "model.safetensors.new", folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    generation = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2, "do_sample": False, "max_new_tokens": 128}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")


def report(folder, held_out):
    """Prints the saved model's held-out loss, as it is and with every linear weight (the head's too) rounded to int8 rows."""
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    as_saved = held_out_loss(model, held_out, len(held_out))
    with torch.no_grad():
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.clone())  # the embedding stays as it is
        for linear in linears(model) + [model.lm_head]:
            linear.weight.copy_(rounded(linear.weight))
    as_int8 = held_out_loss(model, held_out, len(held_out))
    print(f"held-out loss as saved {as_saved:.4f}, int8 rows {as_int8:.4f} ({100 * (as_int8 / as_saved - 1):+.3f} %)")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("corpus", type=Path)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("--steps", type=int, default=3200)
    arguments.add_argument("--batch", type=int, default=8, help="rows of 256 tokens")
    arguments.add_argument("--lr", type=float, default=1.5e-3)
    arguments.add_argument("--warmup", type=int, default=100)
    arguments.add_argument("--grid-from", type=float, default=0.9, help="share of the run after which weights are seen as int8")
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--report", action="store_true", help="train nothing, measure the saved model")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)

    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    held_out = tokens(options.corpus, "corpus-heldout", tokenizer)
    if options.report:
        return report(options.model, held_out)
    train = tokens(options.corpus, "corpus-train", tokenizer)
    model = LlamaForCausalLM(LlamaConfig(**CONFIG))
    print(f"{sum(w.numel() for w in model.parameters()):,} weights, {train.numel():,} training tokens", flush=True)
    matrices = [w for w in model.parameters() if w.dim() == 2]
    vectors = [w for w in model.parameters() if w.dim() == 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}],
                                  lr=options.lr, betas=(0.9, 0.95), foreach=True)
    start, order, mean = time.time(), torch.empty(0, dtype=torch.long), None
    for step in range(options.steps):
        if step == int(options.grid_from * options.steps):
            for linear in linears(model):
                parametrize.register_parametrization(linear, "weight", Int8Rows())
        if len(order) < options.batch:
            order = torch.cat([order, torch.randperm(len(train))])
        picked, order = order[:options.batch], order[options.batch:]
        for group in optimizer.param_groups:
            group["lr"] = rate(step, options)
        loss = loss_of(model, train[picked])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
        last = step + 1 == options.steps
        if last or (step + 1) % 250 == 0:
            print(f"step {step + 1} tokens {(step + 1) * options.batch * LENGTH / 1e6:.2f}M train {mean:.3f} "
                  f"held-out {held_out_loss(model, held_out, 10 ** 9 if last else 128):.3f} {time.time() - start:.0f}s", flush=True)
            save(model, options.model)
    report(options.model, held_out)


if __name__ == "__main__":
    main()
