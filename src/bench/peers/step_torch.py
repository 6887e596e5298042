"""Contestant: the same optimizer step in clear, in PyTorch: Llama with random weights, LoRA of rank 8 on all projections.

    python step_torch.py GEOMETRY.json float32|bfloat16

The base weights are frozen and their gradients never made; AdamW is torch's own. Prints peak memory as Linux counts it.
"""

import json
import os
import sys

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

from worker import Stopwatch, serve


def build(geometry, dtype):
    torch.manual_seed(1)
    torch.set_default_dtype(dtype)
    model = LlamaForCausalLM(LlamaConfig(**geometry, attn_implementation="sdpa", use_cache=False))
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    return get_peft_model(model, LoraConfig(r=8, lora_alpha=16, lora_dropout=0.0, target_modules=targets))


def peak_mib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) >> 10 for line in status if line.startswith("VmHWM:"))


def main(geometry_file, dtype):
    torch.set_num_threads(len(os.sched_getaffinity(0)))  # its own choice counts physical cores only
    with open(geometry_file) as file:
        geometry = json.load(file)
    geometry.pop("architectures", None)
    model = build(geometry, getattr(torch, dtype))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)

    def answer(request):
        ids = torch.randint(geometry["vocab_size"], (1, request["tokens"]))
        watch = Stopwatch()
        optimizer.zero_grad()
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        optimizer.step()
        return {
            "loss": loss.item(),
            "seconds": watch.seconds(),
            "cpuSeconds": watch.cpu_seconds(),
            "threads": torch.get_num_threads(),
            "peakMiB": peak_mib(),
        }

    serve(answer)


main(*sys.argv[1:])
