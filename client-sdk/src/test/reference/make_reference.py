"""Writes the reference values that the parity tests hold the Java code to.

    python make_reference.py ../resources/reference/models [CASE ...]

Small random models of every supported family from transformers, adapted by PEFT on all seven projections with non-zero
loraB, in float32 on the CPU, one sequence at a time. For each case one folder, as a data owner would have it:

    config.json, model.safetensors, tokenizer.json, tokenizer_config.json     by save_pretrained
    adapter/adapter_config.json, adapter/adapter_model.safetensors            by PEFT's save_pretrained
    expected.json           what the tokenizer makes of texts; token ids and labels by sequence (-100 = ignored), loss sum,
                            optimizer settings, losses, learning rates and gradient norms by step
    expected.safetensors    logits (T, vocabulary), sequences one after the other;
                            gradient.NAME of (sum of losses)/(number of labels) by a LoRA matrix, NAME as PEFT saves it;
                            trained.NAME after five optimizer steps on the same batch, with clipping and a schedule

Written with torch 2.15.0, transformers 5.23.0, peft 0.21.2.
"""

import copy
import json
import math
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import (AutoTokenizer, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, Qwen2Config,
                          Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)

import family_tokenizers

LLAMA = (LlamaConfig, LlamaForCausalLM)
MISTRAL = (MistralConfig, MistralForCausalLM)
QWEN2 = (Qwen2Config, Qwen2ForCausalLM)
QWEN3 = (Qwen3Config, Qwen3ForCausalLM)

IGNORE = -100
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
OPTIMIZER = {"beta1": 0.9, "beta2": 0.95, "epsilon": 1e-6, "weight_decay": 0.1, "max_norm": 0.05,
             "decay": "cosine", "peak": 1e-2, "floor": 1e-3, "warmup": 2, "total": 5}

CASES = {
    "llama_one_query_head_per_key_head_tied": {
        "family": LLAMA, "tokenizer": "smollm2",
        "config": dict(vocab_size=281, hidden_size=48, intermediate_size=72, num_attention_heads=6, num_key_value_heads=6,
                       head_dim=10, rms_norm_eps=1e-6, tie_word_embeddings=True),
        "rank": 4, "alpha": 6.0, "lengths": [37, 1], "optimizer": {},
    },
    "llama_two_query_heads_per_key_head_untied": {
        "family": LLAMA, "tokenizer": "llama2", "dtype": torch.bfloat16,
        "config": dict(vocab_size=313, hidden_size=24, intermediate_size=52, num_hidden_layers=3, num_attention_heads=4,
                       num_key_value_heads=2, head_dim=8, rope_theta=500000.0, tie_word_embeddings=False),
        "rank": 3, "alpha": 8.0, "lengths": [9, 22], "optimizer": {"decay": "linear", "floor": 0.0},
    },
    "llama_four_query_heads_per_key_head_biases": {
        "family": LLAMA, "tokenizer": "llama2",
        "config": dict(vocab_size=311, hidden_size=32, intermediate_size=37, num_attention_heads=8, num_key_value_heads=2,
                       head_dim=6, attention_bias=True, tie_word_embeddings=False),
        "rank": 8, "alpha": 16.0, "lengths": [70], "optimizer": {"max_norm": 100.0, "weight_decay": 0.0},
    },
    "llama31_scaled_rope_tied": {
        "family": LLAMA, "tokenizer": "llama3",
        "config": dict(vocab_size=283, hidden_size=32, intermediate_size=44, num_attention_heads=4, num_key_value_heads=2,
                       head_dim=16, tie_word_embeddings=True,
                       rope_parameters=dict(rope_type="llama3", rope_theta=10000.0, factor=8.0, low_freq_factor=1.0,
                                            high_freq_factor=4.0, original_max_position_embeddings=32)),
        "rank": 4, "alpha": 8.0, "lengths": [100, 3], "optimizer": {},
    },
    "mistral_sliding_window": {
        "family": MISTRAL, "tokenizer": "mistral", "dtype": torch.float16,
        "config": dict(vocab_size=317, hidden_size=32, intermediate_size=44, num_attention_heads=8, num_key_value_heads=2,
                       head_dim=8, sliding_window=64, tie_word_embeddings=False),
        "rank": 4, "alpha": 8.0, "lengths": [64], "optimizer": {},
    },
    "qwen2_biases_tied": {
        "family": QWEN2, "tokenizer": "qwen2", "dtype": torch.bfloat16,
        "config": dict(vocab_size=289, hidden_size=40, intermediate_size=52, num_attention_heads=4, num_key_value_heads=2,
                       rope_theta=1000000.0, use_sliding_window=False, tie_word_embeddings=True),
        "rank": 4, "alpha": 8.0, "lengths": [33], "optimizer": {},
    },
    "qwen3_head_norms_rank_stabilized": {
        "family": QWEN3, "tokenizer": "qwen2",
        "config": dict(vocab_size=293, hidden_size=32, intermediate_size=44, num_attention_heads=4, num_key_value_heads=1,
                       head_dim=12, rope_theta=1000000.0, attention_bias=True, tie_word_embeddings=False),
        "rank": 4, "alpha": 6.0, "rslora": True, "lengths": [40, 5], "optimizer": {},
    },
}


def random_model(case, generator):
    """In float32, with values that the type of the stored weights can hold."""
    config_of, model_of = case["family"]
    settings = {"num_hidden_layers": 2, "max_position_embeddings": 128, **case["config"]}
    model = model_of(config_of(**settings, attn_implementation="eager", use_cache=False)).float().eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if "norm" in name:
                noise = 1 + 0.2 * noise
            elif name.endswith("bias") or "embed_tokens" in name:
                noise = 0.3 * noise
            else:
                noise = noise / math.sqrt(weight.shape[1])
            weight.copy_(noise.to(stored_type(case)))
    return model


def stored_type(case):
    return case.get("dtype", torch.float32)


def adapted(model, case, generator):
    peft = get_peft_model(model, LoraConfig(r=case["rank"], lora_alpha=case["alpha"], target_modules=TARGETS,
                                            use_rslora=case.get("rslora", False), lora_dropout=0.0, bias="none",
                                            task_type="CAUSAL_LM"))
    lora = {name: weight for name, weight in peft.named_parameters() if weight.requires_grad}
    with torch.no_grad():
        for weight in lora.values():
            weight.copy_(torch.randn(weight.shape, generator=generator) / math.sqrt(weight.shape[1]) / 2)
    return peft, {name.replace(".default.", "."): weight for name, weight in lora.items()}


def batch(case, tokenizer, generator):
    """Token ids and next-token labels by sequence, of texts and of random ids; a prompt of random length does not count."""
    special = list(tokenizer.get_added_vocab())
    texts = [f"the cat{special[-1]} naïve dog{special[0]}\n", "12 notes about the patient — 🐈"]
    sequences = [tokenizer.encode(text) for text in texts]
    sequences += [torch.randint(case["config"]["vocab_size"], (length + 1,), generator=generator).tolist()
                  for length in case["lengths"]]
    tokens, labels = [], []
    for ids in sequences:
        prompt = int(torch.randint(max(1, len(ids) // 2), (1,), generator=generator))
        tokens.append(ids[:-1])
        labels.append([IGNORE] * prompt + ids[prompt + 1:])
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
    family_tokenizers.of_kind(case["tokenizer"]).save_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = random_model(case, generator)
    copy.deepcopy(model).to(stored_type(case)).save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    model, lora = adapted(model, case, generator)
    model.peft_config["default"].base_model_name_or_path = name
    model.save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    tokens, labels = batch(case, tokenizer, generator)

    logits, loss = logits_and_loss(model, tokens, labels)
    labelled = sum(label != IGNORE for sequence in labels for label in sequence)
    (loss / labelled).backward()
    tensors = {"logits": logits.detach()}
    for key, weight in lora.items():
        tensors["gradient." + key] = weight.grad.clone()
    settings = {**OPTIMIZER, **case["optimizer"]}
    run = train(model, lora, tokens, labels, settings)
    for key, weight in lora.items():
        tensors["trained." + key] = weight.detach().clone()
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, folder / "expected.safetensors")
    facts = {"tokens": tokens, "labels": labels, "loss": loss.item(), "optimizer": settings, **run,
             "texts": family_tokenizers.what_it_says(tokenizer)}
    (folder / "expected.json").write_text(json.dumps(facts, ensure_ascii=False) + "\n", encoding="utf-8")
    print(name, "loss", loss.item(), run)


if __name__ == "__main__":
    torch.set_num_threads(1)
    for index, (case_name, settings_of_case) in enumerate(CASES.items()):
        target = Path(sys.argv[1]) / case_name
        if not sys.argv[2:] or case_name in sys.argv[2:]:
            target.mkdir(parents=True, exist_ok=True)
            write(case_name, settings_of_case, target, seed=100 + index)
