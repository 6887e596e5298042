"""Makes the tiny tokenizer of TokenizerTest and what Python's `tokenizers` package says about it.

    python make_tokenizer.py ../resources/reference/tiny-tokenizer

Written with tokenizers 0.23.3. Byte-level BPE built as Llama 3 builds its own, 290 entries.
"""
import json
import sys
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

WORDS = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
         r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CORPUS = ["the cat sat on the mat", "the dog ran to the cat", "a note about the patient", "12 notes, 345 patients.\n"] * 8
TEXTS = ["the cat", " the  cat\n", "", "Patient 12345: fine.", "naïve café — 猫 🐈!", "a . b , c ' s n't", "x<|eos|>y", "\t\r\n  ",
         "the cat sat on the mat " * 200]


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=290, special_tokens=["<|bos|>", "<|eos|>", "<|pad|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.post_processor = processors.TemplateProcessing(single="<|bos|> $A", special_tokens=[("<|bos|>", 0)])
    # Settings that we must not follow: we neither truncate nor pad.
    tokenizer.enable_truncation(16)
    tokenizer.enable_padding(pad_id=2, pad_token="<|pad|>", length=32)
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    cases = []
    for text in TEXTS:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        cases.append({"text": text, "ids": ids, "withSpecialTokens": tokenizer.encode(text).ids,
                      "decoded": tokenizer.decode(ids), "decodedWithSpecialTokens": tokenizer.decode(ids, skip_special_tokens=False)})
    (out / "expected.json").write_text(json.dumps(
        {"vocabularySize": tokenizer.get_vocab_size(), "cases": cases}, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "tokenizer_config.json").write_text(json.dumps(
        {"bos_token": {"content": "<|bos|>"}, "eos_token": "<|eos|>", "pad_token": "<|pad|>", "clean_up_tokenization_spaces": False}) + "\n")


if __name__ == "__main__":
    main()
