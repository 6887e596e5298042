"""Our engine alone: steps of several tenants to one layer, stacked in one GEMM and one after another."""

from product import spread

TENANTS = (1, 2, 4, 8)
BLOCK = 256  # the least that a step can have: DESIGN §2
WARM_UP = 10


def measure(ours, rounds, short):
    rows = []
    for layer in ("64x32",) if short else ("256x704", "2048x2048", "2048x8192"):
        answers = {tenants: [] for tenants in TENANTS}
        for turn in range(-WARM_UP, rounds):
            for tenants in TENANTS:
                answer = ours.ask(tenants=tenants, shape=f"{BLOCK}x{layer}")
                if turn >= 0:
                    answers[tenants].append(answer)
        alone = spread([a["stackedSeconds"] / BLOCK for a in answers[1]])["median"]
        for tenants in TENANTS:
            all_tokens = tenants * BLOCK
            stacked = spread([a["stackedSeconds"] / all_tokens for a in answers[tenants]])
            rows.append({
                "tenants": tenants,
                "tokensOfEach": BLOCK,
                "layer": layer,
                "rounds": rounds,
                "secondsPerToken": stacked,
                "secondsPerTokenSeparate": spread([a["separateSeconds"] / all_tokens for a in answers[tenants]]),
                "throughputToOneTenant": alone / stacked["median"],
            })
    return rows
