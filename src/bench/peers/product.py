"""The encrypted product, ours and concrete-ml-extensions', on the same matrices: width, then tokens."""

import pathlib
import time

import numpy as np

# One token through the peer takes seconds, so it gets few; what it did not get is said, never estimated.
LONGEST_CELL_SECONDS = 120
# Compilers, hints, pages: so long at each size; one answer that takes longer is as good as warm.
WARM_UP_SECONDS = 4
# Four times what DESIGN §3 gives 16-bit answers at these widths; a wrong product has an error near 1.
LARGEST_ERROR = 0.004


def cells(short):
    """(tokens, width)."""
    if short:
        return [(1, 64), (256, 64)]
    widths, tokens = (256, 1024, 2048, 4096), (4, 16, 256, 1024)
    return [(1, width) for width in widths] + [(some, 1024) for some in tokens] + [(1024, 2048)]


def matrices(folder, width, tokens):
    """Gaussian activations and Gaussian weights rounded to int8 row by row, as an import does."""
    random = np.random.default_rng(width)
    floats = random.standard_normal((width, width), np.float32)
    weights = np.rint(floats / np.abs(floats).max(1, keepdims=True) * 127).astype(np.int8)
    x = random.standard_normal((tokens, width), np.float32)
    paths = {name: str(folder / f"{name}-{width}") for name in ("x", "weights", "y")}
    x.tofile(paths["x"])
    weights.tofile(paths["weights"])
    return x, weights, paths


def relative_error(x, weights, paths, tokens):
    y = np.fromfile(paths["y"], np.float32).reshape(tokens, -1)
    some = np.unique(np.linspace(0, tokens - 1, min(tokens, 16)).astype(int))
    exact = x[some].astype(np.float64) @ weights.T.astype(np.float64)
    return float(np.linalg.norm(y[some] - exact) / np.linalg.norm(exact))


class Cell:
    """One contestant at one size: asked again until it has had its rounds or its time."""

    def __init__(self, name, contestant, tokens, expected_seconds):
        self.name, self.contestant, self.tokens = name, contestant, tokens
        self.answers, self.spent, self.warmed_up, self.skipped = [], 0, 0, None
        if expected_seconds > LONGEST_CELL_SECONDS:
            self.skipped = f"not run: {tokens} tokens at {expected_seconds / tokens:.1f} s each"

    def wants(self, rounds):
        mean = self.spent / max(1, len(self.answers))
        return not self.skipped and len(self.answers) < rounds and self.spent + mean < LONGEST_CELL_SECONDS

    def ask(self, x, weights, paths):
        start = time.perf_counter()
        pathlib.Path(paths["y"]).unlink(missing_ok=True)  # nobody is judged by another's answer
        answer = self.contestant.ask(tokens=self.tokens, width=len(weights), **paths)
        answer["error"] = relative_error(x, weights, paths, self.tokens)
        if answer["error"] > LARGEST_ERROR:
            raise SystemExit(f"{self.name}, {self.tokens} x {len(weights)}: WRONG, relative error {answer['error']}")
        if self.warmed_up < WARM_UP_SECONDS and answer["seconds"] < WARM_UP_SECONDS:
            self.warmed_up += time.perf_counter() - start
        else:
            self.answers.append(answer)
            self.spent += answer["seconds"]


def measure(contestants, folder, rounds, short):
    """A row for each size and contestant; the contestants take turns, round by round."""
    rows, seconds_per_token = [], {}
    for tokens, width in cells(short):
        x, weights, paths = matrices(folder, width, tokens)
        group = [
            Cell(name, contestant, tokens, tokens * seconds_per_token.get((name, width), 0))
            for name, contestant in contestants.items()
        ]
        while any(cell.wants(rounds) for cell in group):
            for cell in group:
                if cell.wants(rounds):
                    cell.ask(x, weights, paths)
        for cell in group:
            row = {"contestant": cell.name, "tokens": tokens, "width": width, **summary(cell)}
            rows.append(row)
            if not cell.skipped:
                seconds_per_token[cell.name, width] = row["secondsPerToken"]["median"]
    return rows


def spread(values):
    return {"min": float(min(values)), "median": float(np.median(values)), "max": float(max(values))}


def summary(cell):
    if cell.skipped:
        return {"skipped": cell.skipped}
    answers, tokens, last = cell.answers, cell.tokens, cell.answers[-1]
    return {
        "rounds": len(answers),
        "secondsPerToken": spread([a["seconds"] / tokens for a in answers]),
        "cpuSecondsPerToken": sum(a["cpuSeconds"] for a in answers) / len(answers) / tokens,
        "encryptSeconds": spread([a["encryptSeconds"] for a in answers]),
        "multiplySeconds": spread([a["multiplySeconds"] for a in answers]),
        "decryptSeconds": spread([a["decryptSeconds"] for a in answers]),
        "bytesUpPerToken": last["bytesUp"] / tokens,
        "bytesDownPerToken": last["bytesDown"] / tokens,
        "bytesOnce": last["bytesOnce"],
        "relativeError": max(a["error"] for a in answers),
    }
