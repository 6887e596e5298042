"""Our engine alone: steps of several tenants to one layer, stacked in one GEMM and one after another."""

from product import spread

TENANTS = (1, 2, 4, 8)


def measure(ours, rounds, short):
    rows = []
    layer = "64x32" if short else "2048x8192"
    for tokens in (1, 16) if short else (1, 16, 256):
        answers = {tenants: [] for tenants in TENANTS}
        for turn in range(-1, rounds):
            for tenants in TENANTS:
                answer = ours.ask(tenants=tenants, shape=f"{tokens}x{layer}")
                if turn >= 0:
                    answers[tenants].append(answer)
        alone = spread([a["stackedSeconds"] / tokens for a in answers[1]])["median"]
        for tenants in TENANTS:
            all_tokens = tenants * tokens
            stacked = spread([a["stackedSeconds"] / all_tokens for a in answers[tenants]])
            rows.append({
                "tenants": tenants,
                "tokensOfEach": tokens,
                "layer": layer,
                "rounds": rounds,
                "secondsPerToken": stacked,
                "secondsPerTokenSeparate": spread([a["separateSeconds"] / all_tokens for a in answers[tenants]]),
                "throughputToOneTenant": alone / stacked["median"],
            })
    return rows
