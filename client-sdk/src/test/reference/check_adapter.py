"""Loads adapters that Veilora wrote in PEFT itself and compares its logits with Veilora's.

    python check_adapter.py FOLDER ...

Each FOLDER has adapter/ (adapter_config.json, adapter_model.safetensors), case.json ({"model": folder of the base model,
"tokens": ids by sequence}) and veilora.safetensors with the logits (T, vocabulary). Fails where the 2-norm of the
difference is above 1e-4 of the norm of PEFT's, or where a tensor of the file is not in the model PEFT made.

PeftLoadsOurAdaptersTest runs it. Written with torch 2.15.0, transformers 5.23.0, peft 0.21.2.
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM


def require_every_tensor(peft, stored):
    loaded = {name.replace(".default", ""): weight for name, weight in peft.named_parameters() if "lora_" in name}
    assert loaded.keys() == stored.keys(), loaded.keys() ^ stored.keys()
    for name, weight in stored.items():
        assert torch.equal(loaded[name], weight), name


def check(folder):
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    base = AutoModelForCausalLM.from_pretrained(case["model"], dtype=torch.float32, attn_implementation="eager")
    peft = PeftModel.from_pretrained(base, folder / "adapter").eval()
    require_every_tensor(peft, load_file(folder / "adapter" / "adapter_model.safetensors"))
    with torch.no_grad():
        expected = torch.cat([peft(input_ids=torch.tensor([ids])).logits[0] for ids in case["tokens"]])
    got = load_file(folder / "veilora.safetensors")["logits"]
    error = ((got - expected).norm() / expected.norm()).item()
    print(f"{folder.name}: relative difference of the logits {error:.1e}")
    return error <= 1e-4


if __name__ == "__main__":
    torch.set_num_threads(1)
    results = [check(Path(folder)) for folder in sys.argv[1:]]
    sys.exit(0 if all(results) else 1)
