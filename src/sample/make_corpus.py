"""Writes the text the sample model is trained on, from four installed Debian packages.

    apt-get install --no-install-recommends sword-text-web wordnet-base dict-jargon dict-devil
    python make_corpus.py /tmp/sample

Every source is in the public domain or under the permissive WordNet licence (see README.md).
About one document in five is an exercise made from the same words: repeat a sentence, look up
an entry of a list. They teach a small model early to copy from its context, which language
alone teaches late. Nothing here comes from the clinic notes.
"""
import gzip
import json
import random
import re
import struct
import sys
import zlib
from pathlib import Path

SEED = 20250507
HELD_OUT_SHARE = 0.01
SWORD = Path("/usr/share/sword/modules/texts/ztext/engWEB2015eb")
WORDNET = Path("/usr/share/wordnet")
DICTD = Path("/usr/share/dictd")
KINDS = {"n": "noun", "v": "verb", "a": "adjective", "s": "adjective", "r": "adverb"}


def verses(testament):
    """Yields the verses of a SWORD zText module: .bzs lists zlib blocks, .bzv the place of each verse."""
    data = (SWORD / f"{testament}.bzz").read_bytes()
    blocks = [zlib.decompress(data[at:at + size])
              for at, size, _ in struct.iter_unpack("<III", (SWORD / f"{testament}.bzs").read_bytes())]
    for block, start, size in struct.iter_unpack("<IIH", (SWORD / f"{testament}.bzv").read_bytes()):
        raw = blocks[block][start:start + size].decode("utf-8", "ignore")
        raw = re.sub(r"<(note|title)\b.*?</\1>", " ", raw, flags=re.S)
        text = plain(re.sub(r"<[^>]*>", " ", raw))
        if text:
            yield text


def plain(text):
    """One line of text with simple quotes and single blanks."""
    for odd, simple in (("“", '"'), ("”", '"'), ("‘", "'"), ("’", "'"), ("—", " - "), ("–", "-"), ("…", "...")):
        text = text.replace(odd, simple)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ([.,;:!?])", r"\1", text).strip()


def passages(rng):
    """The World English Bible in passages of 5 to 24 verses."""
    for testament in ("ot", "nt"):
        rest = list(verses(testament))
        while rest:
            size = rng.randint(5, 24)
            yield " ".join(rest[:size])
            rest = rest[size:]


def synsets():
    """WordNet's senses: (kind, words, meaning, examples, words of the first broader sense)."""
    senses = {}
    for name in ("noun", "verb", "adj", "adv"):
        for line in (WORDNET / f"data.{name}").read_text("utf-8").splitlines():
            if line.startswith("  "):
                continue
            head, gloss = line.split(" | ", 1)
            field = head.split()
            count = int(field[3], 16)
            words = [re.sub(r"\(.*\)", "", w).replace("_", " ") for w in field[4:4 + 2 * count:2]]
            broader = re.search(r" @i? (\d{8}) n", head)
            examples = re.findall(r'"([^"]+)"', gloss)
            meaning = plain(re.sub(r'"[^"]*"', "", gloss)).strip("; ")
            senses[field[2], field[0]] = (field[2], words, meaning, examples, broader and broader[1])
    for kind, words, meaning, examples, broader in senses.values():
        parent = senses.get(("n", broader))
        yield KINDS[kind], words, re.sub(r"[;\s]+;", ";", meaning), examples, parent and parent[1][0]


def a(word):
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def dictionary_entry(rng, sense):
    """One sense, told in one of several ways."""
    kind, words, meaning, examples, parent = sense
    word = words[0]
    lines = [f"{word.capitalize()} ({kind}): {meaning}."]
    shape = rng.random()
    if shape < 0.25:
        thing = a(word) if kind == "noun" and word.islower() else word
        lines = [f"Question: What {'is' if kind == 'noun' else 'does'} {thing}{'' if kind == 'noun' else ' mean'}?",
                 f"Answer: {meaning[0].upper() + meaning[1:]}."]
    elif shape < 0.5:
        lines = [f"Word: {word}", f"Kind: {kind}", f"Meaning: {meaning}"]
        if len(words) > 1:
            lines.append("Also: " + ", ".join(words[1:4]))
    elif parent and word.islower():
        lines.append(f"{a(word).capitalize()} is a kind of {parent}.")
    lines += [f"Example: {e[0].upper() + e[1:]}." for e in examples[:2]]
    return "\n".join(lines)


def dictd_entries(name):
    """Entries of a dictd dictionary: headwords start a line, their text is indented."""
    text = gzip.open(DICTD / f"{name}.dict.dz", "rt", encoding="utf-8", errors="ignore").read()
    for entry in re.split(r"\n(?=\S)", text):
        entry = "\n".join(plain(p) for p in re.split(r"\n\s*\n", entry) if plain(p))
        if 80 < len(entry) < 6000 and not entry.startswith("00-database"):
            yield entry


def exercise(rng, sentences, words, names):
    """A text whose end repeats facts from its beginning."""
    shape = rng.randrange(4)
    if shape == 0:
        text = " ".join(rng.sample(sentences, rng.randint(1, 2)))
        return f"Text: {text}\nAgain: {text}"
    if shape == 1:
        table = {w: rng.choice([str(rng.randint(1, 999)), rng.choice(words)]) for w in rng.sample(words, rng.randint(3, 8))}
        asked = rng.sample(list(table), len(table))
        return "List: " + ", ".join(f"{k} {v}" for k, v in table.items()) + "\n" + "\n".join(f"{k}: {table[k]}" for k in asked)
    if shape == 2:
        people = rng.sample(names, rng.randint(2, 4))
        facts = [(p, rng.choice(words), rng.randint(2, 150)) for p in people]
        told = [rng.choice([f"{p} has {n} {w}.", f"There are {n} {w} with {p}.", f"{p}, {n}, asked for {w}.", f"For {n} days {p} kept the {w}."])
                for p, w, n in facts]
        answers = [f"Name: {p}\nNumber: {n}\nThing: {w}" for p, w, n in rng.sample(facts, len(facts))]
        return " ".join(told) + "\n" + "\n".join(answers)
    picked = rng.sample(words, rng.randint(4, 10))
    order = rng.choice([picked, picked[::-1], sorted(picked)])
    how = "same order" if order is picked else "sorted" if order == sorted(picked) else "reversed"
    return f"Words: {', '.join(picked)}\n{how.capitalize()}: {', '.join(order)}"


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(SEED)
    senses = list(synsets())
    bible = list(passages(rng))
    documents = bible + [dictionary_entry(rng, s) for s in senses]
    documents += [e for name in ("jargon", "devil") for e in dictd_entries(name)]

    sentences = [s for p in bible for s in re.split(r"(?<=[.!?]) ", p) if 30 < len(s) < 160]
    sentences += [e[0].upper() + e[1:] + "." for s in senses for e in s[3] if len(e) > 30]
    words = sorted({w for s in senses for w in s[1] if w.isascii() and w.islower() and w.count(" ") < 2})
    pairs = sorted({w for s in senses for w in s[1] if re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", w)})
    givens, families = zip(*(p.split() for p in pairs))
    names = [f"{given} {family}" for given, family in zip(givens, rng.sample(families, len(families)))]
    documents += [exercise(rng, sentences, words, names) for _ in range(len(documents) // 4)]

    rng.shuffle(documents)
    held_out = int(len(documents) * HELD_OUT_SHARE)
    for name, part in (("corpus-heldout", documents[:held_out]), ("corpus-train", documents[held_out:])):
        with open(out / f"{name}.jsonl", "w", encoding="utf-8") as f:
            f.writelines(json.dumps(d, ensure_ascii=False) + "\n" for d in part)
        print(f"{name}: {len(part)} documents, {sum(map(len, part)) / 1e6:.1f} M characters")


if __name__ == "__main__":
    main()
