"""Writes the greedy continuations that DecoderReferenceTest holds cached decoding to.

    python make_generation.py ../resources/reference

For each model that make_reference.py wrote: transformers' own generate (greedy, with its key-value cache) with the PEFT
adapter as it was before training, in float32, from the first tokens of each of the file's sequences. One file:

    generation.json     {case: [{"prompt": ids, "continuation": ids, "margin": smallest lead of the token taken}]}
"""

import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors import safe_open
from transformers import LlamaConfig, LlamaForCausalLM

NEW_TOKENS = 24
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def model_of(file, case):
    config = LlamaConfig(**{**case["config"], "use_cache": True, "bos_token_id": None, "eos_token_id": None,
                            "pad_token_id": None})
    model = LlamaForCausalLM(config).float().eval()
    weights = {name: file.get_tensor(name) for name in file.keys() if name.startswith(("model.", "lm_head."))}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    model.tie_weights()
    peft = get_peft_model(model, LoraConfig(r=case["rank"], lora_alpha=case["alpha"], target_modules=TARGETS,
                                            lora_dropout=0.0, bias="none", task_type="CAUSAL_LM"))
    with torch.no_grad():
        for name, weight in peft.named_parameters():
            if "lora_" in name:
                weight.copy_(file.get_tensor("value." + name.replace(".default.", ".")))
    return peft


def continuation(model, prompt):
    out = model.generate(input_ids=torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
                         max_new_tokens=NEW_TOKENS, do_sample=False, use_cache=True, output_scores=True,
                         return_dict_in_generate=True)
    leads = [float(top[0] - top[1]) for top in (score[0].topk(2).values for score in out.scores)]
    return {"prompt": prompt, "continuation": out.sequences[0, len(prompt):].tolist(), "margin": min(leads)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    cases = {}
    for path in sorted(folder.glob("*_query_head*.safetensors")):
        with safe_open(path, "pt") as file:
            facts = json.loads(file.metadata()["case"])
            model = model_of(file, facts)
        cases[path.stem] = [continuation(model, tokens) for tokens in facts["tokens"]]
        print(path.stem, [round(case["margin"], 5) for case in cases[path.stem]])
    (folder / "generation.json").write_text(json.dumps(cases) + "\n")
