"""Writes the greedy continuations that DecoderReferenceTest holds cached decoding to.

    python make_generation.py ../resources/reference

For each folder that make_reference.py wrote: transformers' own generate (greedy, with its key-value cache) with the PEFT
adapter of the folder, in float32, from the first half of each of the folder's sequences. One file:

    generation.json     {case: [{"prompt": ids, "continuation": ids, "lead": smallest lead of the token taken}]}

Written with torch 2.15.0, transformers 5.23.0, peft 0.21.2.
"""

import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

NEW_TOKENS = 24


def continuation(model, prompt):
    out = model.generate(input_ids=torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
                         max_new_tokens=NEW_TOKENS, do_sample=False, use_cache=True,
                         output_scores=True, return_dict_in_generate=True, eos_token_id=None, pad_token_id=0)
    leads = [float(top[0] - top[1]) for top in (score[0].topk(2).values for score in out.scores)]
    assert len(leads) == NEW_TOKENS
    return {"prompt": prompt, "continuation": out.sequences[0, len(prompt):].tolist(), "lead": min(leads)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = Path(sys.argv[1])
    cases = {}
    for path in sorted((folder / "models").iterdir()):
        base = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
        base.generation_config.eos_token_id = None
        model = PeftModel.from_pretrained(base, path / "adapter").eval()
        texts = json.loads((path / "expected.json").read_text())["tokens"]
        cases[path.name] = [continuation(model, text[:max(1, len(text) // 2)]) for text in texts]
        print(path.name, [round(case["lead"], 5) for case in cases[path.name]])
    (folder / "generation.json").write_text(json.dumps(cases) + "\n")
