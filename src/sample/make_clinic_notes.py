"""Writes the sample's fine-tuning data: invented clinic notes and their structured summaries.

    python make_clinic_notes.py model data

Nobody in these notes exists, and none of it is medical advice. A note is put together from
independent choices (person, condition, complaint, finding, reading, drug and dose, follow-up, an unrelated
remark, wording and order of each sentence); its summary copies the facts out of it, so the
task is to find and copy facts, not to recite a template. Same seed, same files.
"""
import json
import os
import random
import sys
from pathlib import Path

from tokenizers import Tokenizer

SEED = 20250507
RECORDS = {"train": 400, "heldout": 60}
TOKENS = range(120, 216)  # of prompt + completion + the tokenizer's <|bos|> and a closing <|eos|>

GIVEN = {
    "he": "Alvin Bram Casper Dario Edwin Felix Gareth Hugo Ivor Jonas Kester Leon Marco Nolan Oskar Piers Quentin Ruben Silas Tobias Umar Victor Wilfred Yannick".split(),
    "she": "Ada Bettina Clara Delia Elsa Fiona Greta Hanna Ines Judith Kirsten Lena Mabel Nadia Olive Petra Rosalind Selma Tamsin Ursula Vera Willa Yvonne Zelda".split()}
FAMILY = ("Abernoth Bellweather Calder Dunmore Eastlake Farrow Garland Hollin Ingleby Jessop Kettering Larkham Marden Northcote Oakes "
          "Pellman Quill Redfern Stanmore Thorne Underhill Vance Whitlow Yarrow Ashdown Brandt Coldwell Derwent Elmore Fenwick Greaves Hartnell").split()
TITLE = {"he": "Mr.", "she": "Mrs."}

# diagnosis: (complaints, findings, drugs and doses, other advice)
CONDITIONS = {
    "asthma": (["wheezing at night", "a tight chest", "short breath on stairs"], ["wheeze on both sides", "peak flow 280", "peak flow 310"],
               [("salbutamol", "100 mcg as needed"), ("budesonide", "200 mcg twice daily"), ("montelukast", "10 mg at night")], ["inhaler training", "avoid dust"]),
    "bronchitis": (["a wet cough", "cough and tiredness", "a rough cough"], ["coarse sounds in the chest", "mild wheeze", "clear chest film"],
                   [("doxycycline", "100 mg daily"), ("amoxicillin", "500 mg three times daily")], ["rest and fluids", "stop smoking"]),
    "pneumonia": (["fever and cough", "chest pain on breathing", "chills and cough"], ["crackles at the left base", "crackles at the right base", "shadow on the chest film"],
                  [("amoxicillin", "1 g three times daily"), ("azithromycin", "250 mg daily")], ["rest and fluids", "repeat chest film"]),
    "migraine": (["headache with nausea", "one-sided headache", "headache and flashing lights"], ["normal eye test", "normal nerve test", "stiff neck muscles"],
                 [("sumatriptan", "50 mg at onset"), ("propranolol", "40 mg twice daily"), ("naproxen", "250 mg as needed")], ["headache diary", "regular sleep"]),
    "high blood pressure": (["morning headache", "dizzy spells", "a pounding head"], ["heart sounds normal", "strong pulse", "narrow eye vessels"],
                            [("amlodipine", "5 mg daily"), ("ramipril", "2.5 mg daily"), ("losartan", "50 mg daily")], ["less salt", "home readings"]),
    "type 2 diabetes": (["thirst and tiredness", "weight loss", "blurred sight"], ["sugar 14.2", "sugar 11.8", "numb toes"],
                        [("metformin", "500 mg twice daily"), ("gliclazide", "40 mg daily"), ("metformin", "850 mg daily")], ["diet plan", "foot check"]),
    "gout": (["a painful big toe", "a hot swollen foot", "a swollen knee"], ["red swollen joint", "urate 520", "urate 480"],
             [("colchicine", "500 mcg twice daily"), ("allopurinol", "100 mg daily"), ("naproxen", "500 mg twice daily")], ["less beer", "more water"]),
    "low back strain": (["back pain after lifting", "stiff back", "pain low in the back"], ["tight back muscles", "leg raise normal", "limited bending"],
                        [("ibuprofen", "400 mg three times daily"), ("paracetamol", "1 g four times daily")], ["stay active", "physiotherapy"]),
    "iron deficiency": (["tiredness", "short breath and pale skin", "hair loss"], ["iron store 8", "pale eyelids", "iron store 11"],
                        [("ferrous sulfate", "200 mg daily"), ("ferrous fumarate", "210 mg daily")], ["more greens and meat", "repeat blood count"]),
    "underactive thyroid": (["weight gain", "feeling cold", "slow and tired"], ["dry skin", "TSH 9.4", "TSH 12.1"],
                            [("levothyroxine", "50 mcg daily"), ("levothyroxine", "25 mcg daily")], ["repeat blood test", "take pill before food"]),
    "acid reflux": (["burning after meals", "sour taste at night", "chest burning"], ["soft belly", "mild upper belly pain", "normal heart trace"],
                    [("omeprazole", "20 mg daily"), ("lansoprazole", "15 mg daily"), ("famotidine", "20 mg at night")], ["smaller meals", "raise the bed head"]),
    "urine infection": (["burning on passing water", "frequent passing of water", "cloudy urine"], ["urine test positive", "tender low belly", "blood in urine"],
                        [("nitrofurantoin", "100 mg twice daily"), ("trimethoprim", "200 mg twice daily")], ["more water", "repeat urine test"]),
    "eczema": (["itchy hands", "dry itchy arms", "a rash on the neck"], ["red dry patches", "cracked skin", "scratch marks"],
               [("hydrocortisone", "1% cream twice daily"), ("cetirizine", "10 mg at night")], ["plain soap only", "cotton gloves"]),
    "ear infection": (["pain in the left ear", "pain in the right ear", "poor hearing"], ["red ear drum", "fluid behind the drum", "swollen ear canal"],
                      [("amoxicillin", "250 mg three times daily"), ("ciprofloxacin", "3 drops twice daily")], ["keep the ear dry", "hearing test"]),
    "anxiety": (["poor sleep", "a racing heart", "constant worry"], ["score 12 of 21", "score 15 of 21", "fast regular pulse"],
                [("sertraline", "50 mg daily"), ("propranolol", "10 mg as needed")], ["talking therapy", "less coffee"]),
    "sprained ankle": (["a twisted ankle", "ankle pain after a fall", "a swollen ankle"], ["swelling on the outer side", "no broken bone on film", "can bear weight"],
                       [("ibuprofen", "400 mg as needed"), ("paracetamol", "500 mg as needed")], ["ice and rest", "ankle brace"]),
}
REMARKS = ["No known allergies.", "Lives alone.", "Works as a baker.", "Retired teacher.", "Never smoked.", "Smokes 10 a day.", "Allergic to latex.", "Drives a bus.",
           "Has two children.", "Walks the dog daily.", "Father had a stroke.", "Came with a friend.", "Speaks little English.", "Allergic to penicillin, mild rash.",
           "Had a flu shot.", "Back from a holiday.", "Sleeps well.", "Eats well.", "Plays tennis.", "Missed the last visit."]

OPENING = ["{name}, {age}, came in with {complaint} for {time}.", "{title} {name} is {age} and reports {complaint} for {time}.", "{age} year old {name} has had {complaint} for {time}.",
           "Seen today: {name} ({age}). {Complaint} for {time}.", "{name}, age {age}. Complains of {complaint}, {time} now.", "Visit of {name}, {age} years. Problem: {complaint} for {time}.",
           "For {time} {title} {name}, aged {age}, has noticed {complaint}.", "Patient {name}, {age}: {complaint} for {time}.", "I saw {name} today, {age} years old, with {complaint} for {time}.",
           "{Complaint} for {time}. {name}, {age}.", "{title} {name}, {age}, called about {complaint} for {time}.", "New patient {name}, age {age}, with {complaint} for {time}."]
EXAMINATION = ["BP {bp}, {finding}.", "On examination {finding}; BP {bp}.", "{Finding}. BP {bp}.", "Exam shows {finding} and BP {bp}.",
               "BP was {bp}. {Finding}.", "Found {finding}. BP {bp}.", "BP {bp}. On exam {finding}.",
               "Signs: {finding}, BP {bp}.", "{Finding}, otherwise well. BP {bp}."]
DIAGNOSIS = ["Likely {diagnosis}.", "This is {diagnosis}.", "Impression: {diagnosis}.", "Looks like {diagnosis}.", "Most likely {diagnosis}.", "I think this is {diagnosis}.", "Assessment: {diagnosis}.",
             "Signs point to {diagnosis}.", "Treat as {diagnosis}."]
PLAN = ["Start {drug} {dose}, {advice}, review in {review}.", "{Advice}. {Drug} {dose}. Back in {review}.", "Given {drug} {dose} and told: {advice}. Return in {review}.",
        "Plan is {drug} {dose} with {advice}; see again in {review}.", "Will take {drug} {dose}. {Advice}. Next visit in {review}.", "Prescribed {drug} {dose}. Also {advice}. Recheck in {review}.",
        "{Drug} {dose} from today, {advice}, control in {review}.", "Advice: {advice}. {Drug} {dose}, seen again in {review}."]
SUMMARY = ("Name: {name}\nAge: {age}\nComplaint: {complaint} for {time}\nFinding: {finding}, BP {bp}\n"
           "Diagnosis: {diagnosis}\nPlan: {drug} {dose}, {advice}, review in {review}\n")


def record(rng):
    gender = rng.choice(["he", "she"])
    diagnosis = rng.choice(list(CONDITIONS))
    complaints, findings, drugs, advice = CONDITIONS[diagnosis]
    drug, dose = rng.choice(drugs)
    facts = {
        "name": f"{rng.choice(GIVEN[gender])} {rng.choice(FAMILY)}", "title": TITLE[gender], "age": rng.randint(19, 91),
        "complaint": rng.choice(complaints), "time": f"{rng.randint(2, 12)} {rng.choice(['days', 'weeks', 'months'])}",
        "finding": rng.choice(findings), "bp": f"{rng.randint(104, 178)}/{rng.randint(62, 104)}",
        "diagnosis": diagnosis, "drug": drug, "dose": dose, "advice": rng.choice(advice), "review": rng.choice([f"{rng.randint(3, 10)} days", f"{rng.randint(2, 8)} weeks", f"{rng.randint(2, 6)} months"])}
    told = facts | {key.capitalize(): facts[key][0].upper() + facts[key][1:] for key in ("complaint", "finding", "advice", "drug")}
    sentences = [rng.choice(wordings).format(**told) for wordings in (OPENING, EXAMINATION, DIAGNOSIS, PLAN)]
    if rng.random() < 0.25:  # some doctors write what they think before what they found
        sentences[1], sentences[2] = sentences[2], sentences[1]
    if rng.random() < 0.5:
        sentences.insert(rng.randint(1, len(sentences)), rng.choice(REMARKS))
    return {"prompt": f"Note: {' '.join(sentences)}\nSummary:\n", "completion": SUMMARY.format(**facts)}, facts["name"]


def main():
    tokenizer, out, rng = Tokenizer.from_file(str(Path(sys.argv[1]) / "tokenizer.json")), Path(sys.argv[2]), random.Random(SEED)
    out.mkdir(parents=True, exist_ok=True)
    taken = set()  # a name appears in one record only, so no person is in both files
    for split, count in RECORDS.items():
        records, lengths = [], []
        while len(records) < count:
            made, name = record(rng)
            length = len(tokenizer.encode(made["prompt"] + made["completion"]).ids) + 1
            if name not in taken and length in TOKENS:
                taken.add(name)
                records.append(made)
                lengths.append(length)
        with open(out / f"{split}.jsonl.new", "w", encoding="utf-8") as f:
            f.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
        os.replace(out / f"{split}.jsonl.new", out / f"{split}.jsonl")
        print(f"{split}: {count} records of {min(lengths)} to {max(lengths)} tokens, {sum(lengths) / count:.0f} on average")


if __name__ == "__main__":
    main()
