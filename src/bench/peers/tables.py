"""The results as Markdown tables, as they stand in src/bench/README.md."""

TITLES = {
    "product": "The encrypted product",
    "tenants": "Steps of several tenants in one GEMM",
    "step": "A whole optimizer step of 256 tokens",
}


def text(results):
    parts = {"product": product, "tenants": tenants, "step": step}
    made = [name for name in parts if name in results]
    return "\n\n".join(f"### {TITLES[name]}\n\n{head(results[name])}\n\n{parts[name](results[name]['rows'])}" for name in made)


def between_marks(page, tables):
    before, _, rest = page.partition("<!-- src/bench/peers/run writes from here -->\n")
    _, end, after = rest.partition("<!-- to here -->")
    if not end:
        raise SystemExit("src/bench/README.md: the marks between which the tables stand are missing")
    return f"{before}<!-- src/bench/peers/run writes from here -->\n{tables}\n{end}{after}"


def head(part):
    m = part["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in m["versions"].items())
    return (
        f"{m['date']}, {m['processor']}, {m['cores']} cores, load {m['loadAtStart']:.1f} at the start, {m['seconds']:.0f} s; "
        f"veilora {m['veilora']}, {versions}"
    )


def table(columns, rows):
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def spread(values, factor=1.0):
    return " / ".join(digits(values[key] * factor) for key in ("min", "median", "max"))


def digits(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def product(rows):
    columns = ["width", "tokens", "contestant", "rounds", "ms a token", "CPU ms a token", "bytes up", "bytes down",
               "once", "relative error", "times ours"]
    ours = {(r["width"], r["tokens"]): r for r in rows if r["contestant"] == "veilora"}
    lines = []
    for r in rows:
        cell = [str(r["width"]), str(r["tokens"]), r["contestant"]]
        if "skipped" in r:
            lines.append(cell + ["0", r["skipped"]] + [""] * 6)
            continue
        base = ours[r["width"], r["tokens"]]["secondsPerToken"]
        lines.append(cell + [
            str(r["rounds"]),
            spread(r["secondsPerToken"], 1e3),
            digits(r["cpuSecondsPerToken"] * 1e3),
            f"{r['bytesUpPerToken']:,.0f}",
            f"{r['bytesDownPerToken']:,.0f}",
            f"{r['bytesOnce'] / 1e6:,.1f} MB",
            f"{r['relativeError']:.1e}",
            ratio(r["secondsPerToken"], base) if r["contestant"] != "veilora" else "1",
        ])
    return table(columns, lines)


def ratio(theirs, ours):
    """Median to median, then the least and the most that the rounds allow."""
    least, most = theirs["min"] / ours["max"], theirs["max"] / ours["min"]
    return f"{digits(theirs['median'] / ours['median'])} ({digits(least)} to {digits(most)})"


def tenants(rows):
    columns = ["layer", "tokens of each", "tenants", "rounds", "µs a token, stacked", "µs a token, one by one",
               "throughput to one tenant"]
    return table(columns, [[
        r["layer"],
        str(r["tokensOfEach"]),
        str(r["tenants"]),
        str(r["rounds"]),
        spread(r["secondsPerToken"], 1e6),
        spread(r["secondsPerTokenSeparate"], 1e6),
        f"{r['throughputToOneTenant']:.2f}",
    ] for r in rows])


def step(rows):
    columns = ["geometry", "contestant", "steps", "seconds a step", "times fastest PyTorch", "owner's CPU s",
               "provider's CPU s", "owner's MiB", "provider's MiB"]
    return table(columns, [[
        r["geometry"],
        r["contestant"],
        str(r["rounds"]),
        spread(r["seconds"]),
        spread(r["timesFastestPytorch"]),
        digits(r["ownersCpuSeconds"]["median"]),
        digits(r["providersCpuSeconds"]["median"]) if r["providersCpuSeconds"] else "",
        f"{r['ownersPeakMiB']:,}",
        f"{r['providersPeakMiB']:,}" if r["providersPeakMiB"] else "",
    ] for r in rows])
