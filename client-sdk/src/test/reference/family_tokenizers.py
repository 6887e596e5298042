"""Small tokenizers of the kinds that the supported model families have, built here since nothing is downloaded.

    llama2    SentencePiece-like BPE with byte fallback, ▁ put before the text by a normalizer (Llama 2, TinyLlama)
    mistral   the same with ▁ from a pre-tokenizer and control tokens of its own (Mistral v0.3)
    llama3    byte-level BPE, Llama 3's regular expression, special tokens after the vocabulary
    smollm2   byte-level BPE, GPT-2's regular expression, every digit alone, special tokens first (SmolLM2)
    qwen2     byte-level BPE over NFC, Qwen's regular expression, no begin-of-text token, added tokens that are not special
"""

import json

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
                        trainers)
from transformers import PreTrainedTokenizerFast

CORPUS = ["the cat sat on the mat", "the dog ran to the cat", "a note about the patient", "12 notes, 345 patients.\n"] * 8
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
          r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def trained(tokenizer, size, special=()):
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(special), show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if tokenizer.decoder else []))
    return tokenizer


def byte_level(pre_tokenizer, special=(), normalizer=None, **options):
    tokenizer = Tokenizer(models.BPE(**options))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return trained(tokenizer, 272 + len(special), special)


def split(expression):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(expression), behavior="isolated"),
                                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def sentence_pieces(specials, normalizer, pre_tokenizer):
    """Pieces learnt from the corpus, put behind the special tokens and the 256 bytes, as SentencePiece orders them."""
    learner = Tokenizer(models.BPE())
    learner.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    learnt = json.loads(trained(learner, 48).to_str())["model"]
    pieces = specials + BYTES + sorted(learnt["vocab"], key=learnt["vocab"].get)
    tokenizer = Tokenizer(models.BPE(
        vocab={piece: index for index, piece in enumerate(pieces)}, merges=[tuple(pair) for pair in learnt["merges"]],
        unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                           decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in specials])
    return begin_with(tokenizer, "<s>")


def begin_with(tokenizer, token, *before):
    template = processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A {token} $B:1", special_tokens=[(token, tokenizer.token_to_id(token))])
    tokenizer.post_processor = processors.Sequence([*before, template]) if before else template
    return tokenizer


def llama2():
    normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    return sentence_pieces(["<unk>", "<s>", "</s>"], normalizer, None), "<s>", "</s>"


def mistral():
    pieces = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
    return sentence_pieces(["<unk>", "<s>", "</s>", "[INST]", "[/INST]"], None, pieces), "<s>", "</s>"


def llama3():
    tokenizer = byte_level(split(LLAMA3), ignore_merges=True)
    tokenizer.add_special_tokens(["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
                                  "<|eot_id|>"])
    return begin_with(tokenizer, "<|begin_of_text|>", processors.ByteLevel(trim_offsets=False)), \
        "<|begin_of_text|>", "<|end_of_text|>"


def smollm2():
    digits = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True),
                                      pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    return byte_level(digits, special=["<|endoftext|>", "<|im_start|>", "<|im_end|>"]), "<|im_start|>", "<|im_end|>"


def qwen2():
    tokenizer = byte_level(split(QWEN2), normalizer=normalizers.NFC())
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([AddedToken("<tool_call>", normalized=False), AddedToken("</tool_call>", normalized=False)])
    return tokenizer, None, "<|im_end|>"


def of_kind(kind):
    """The tokenizer as transformers holds it."""
    tokenizer, bos, eos = {"llama2": llama2, "mistral": mistral, "llama3": llama3, "smollm2": smollm2, "qwen2": qwen2}[kind]()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=bos, eos_token=eos,
                                   clean_up_tokenization_spaces=False)


def texts(tokenizer):
    """What to tokenize: text of many kinds, and every special and added token inside of text."""
    plain = ["the cat sat on the mat", " the  cat\n", "", "Patient 12345: fine.", "naïve cafe\u0301 — 猫 🐈!", "a . b , c ' s n't",
             "\t\r\n  ", "▁the_cat▁▁", "the cat ran to the dog about 12 notes, " * 3]
    return plain + [f"the{token}cat {token} dog\n{token}" for token in tokenizer.get_added_vocab()]


def what_it_says(tokenizer):
    cases = []
    for text in texts(tokenizer):
        ids = tokenizer.encode(text, add_special_tokens=False)
        cases.append({"text": text, "ids": ids, "withSpecialTokens": tokenizer.encode(text),
                      "decoded": tokenizer.decode(ids, skip_special_tokens=True),
                      "decodedWithSpecialTokens": tokenizer.decode(ids, skip_special_tokens=False)})
    return cases
