"""A whole optimizer step of 256 tokens: encrypted through a real provider, in clear in our client, in clear in PyTorch."""

import json
import subprocess
import sys

from product import spread
from worker import Contestant

TOKENS = 256
# Width x blocks, then the real one, whose step takes half a minute: fewer of these.
GEOMETRIES = ["llama-512x4", "llama-1024x2", "llama-1024x4", "llama-1024x8", "llama-2048x4", "llama-3.2-1b"]
LARGE = "llama-3.2-1b"
ROUNDS_OF_LARGE = 2
CONFIGS = "protocol/src/main/resources/io/veilora/protocol/model/geometry"


def measure(home, folder, rounds, geometries):
    rows = []
    for geometry in geometries:
        rows += measure_geometry(home, folder, ROUNDS_OF_LARGE if geometry == LARGE else rounds, geometry)
    return rows


def measure_geometry(home, folder, rounds, geometry):
    """In turns: half of our rounds, PyTorch, the other half. The first step of a process warms it up."""
    config = home / CONFIGS / f"{geometry}.json"
    half = max(1, rounds // 2)
    reports = [ours(home, folder, geometry, half)]
    torch = {dtype: pytorch(config, dtype, rounds) for dtype in ("float32", "bfloat16")}
    reports.append(ours(home, folder, geometry, rounds - half))
    encrypted = [step for report in reports for step in report["encryptedSteps"][1:]]
    clear = [step for report in reports for step in report["clearSteps"][1:]]
    fastest = min(torch, key=lambda dtype: spread([a["seconds"] for a in torch[dtype]])["median"])
    rows = [
        row(geometry, "veilora, encrypted", encrypted, bytesPerToken=reports[0]["bytesPerToken"]),
        row(geometry, "veilora, in clear", clear),
        *(row(geometry, f"pytorch, {dtype}", answers) for dtype, answers in torch.items()),
    ]
    rival = next(r for r in rows if r["contestant"] == f"pytorch, {fastest}")["seconds"]["median"]
    for each in rows:
        each["timesFastestPytorch"] = {key: value / rival for key, value in each["seconds"].items()}
    return rows


def ours(home, folder, geometry, rounds):
    report = folder / f"{geometry}.json"
    command = [home / "veilora", "bench", "step", "--geometry", geometry, "--tokens", TOKENS, "--steps", rounds + 1]
    command += ["--dir", home / ".veilora" / "bench", "--report", report]  # one import for every use
    subprocess.run([str(part) for part in command], check=True, stdout=sys.stderr)
    return json.loads(report.read_text())


def pytorch(config, dtype, rounds):
    contestant = Contestant([sys.executable, "step_torch.py", str(config), dtype])
    contestant.ask(tokens=TOKENS)
    answers = [contestant.ask(tokens=TOKENS) for _ in range(rounds)]
    contestant.close()
    return answers


def row(geometry, contestant, steps, **more):
    def cpu_seconds(step):
        return step.get("cpuSeconds", step.get("clientCpuSeconds"))

    provider = [step["providerCpuSeconds"] for step in steps if step.get("providerCpuSeconds") is not None]
    return {
        "geometry": geometry,
        "contestant": contestant,
        "tokens": TOKENS,
        "rounds": len(steps),
        "seconds": spread([step["seconds"] for step in steps]),
        "ownersCpuSeconds": spread([cpu_seconds(step) for step in steps]),
        "providersCpuSeconds": spread(provider) if provider else None,
        "ownersPeakMiB": max(step.get("peakMiB", step.get("clientPeakMiB")) for step in steps),
        "providersPeakMiB": max((step["providerPeakMiB"] for step in steps if step.get("providerPeakMiB")), default=None),
        **more,
    }
