"""Writes a LoRA adapter of a tiny random Llama with PEFT itself, for PeftFilesTest.

    python make_peft_adapter.py ../resources/reference/peft-adapter

Written with peft 0.21.2, transformers 5.23.0, torch 2.15.0.
"""
import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM


def base():
    torch.manual_seed(7)
    return LlamaForCausalLM(LlamaConfig(
        vocab_size=32, hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=4, max_position_embeddings=16, tie_word_embeddings=True))


def sums(model):
    return {name.replace(".default", ""): w.sum().item() for name, w in model.named_parameters() if "lora_" in name}


def main():
    out = Path(sys.argv[1])
    model = get_peft_model(base(), LoraConfig(
        r=2, lora_alpha=4, target_modules=["q_proj", "v_proj", "down_proj"], task_type="CAUSAL_LM", init_lora_weights=False))
    model.save_pretrained(str(out))
    (out / "README.md").unlink(missing_ok=True)
    (out / "expected.json").write_text(json.dumps({"sums": sums(model)}, indent=2) + "\n")


if __name__ == "__main__":
    main()
