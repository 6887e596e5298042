"""Measures the bf16 product of every shape in FOLDER/gemm-*.jsonl with PyTorch on the same device and compares.

python bf16.py FOLDER writes FOLDER/gpu.json and FOLDER/gpu.md. Without torch or a GPU the comparison is left out, saying so.
"""

import glob
import json
import os
import sys

LIMBS = 4
# Dense int8 operations a second of the tensor cores, by the vendor's data sheets.
INT8_LIMIT = {"H100 80GB HBM3": 1979e12, "H200": 1979e12, "A100": 624e12}
SECONDS = 0.2


def torch_on_gpu():
    try:
        import torch
    except ImportError:
        return None, "torch is not installed"
    if not torch.cuda.is_available():
        return None, "torch sees no GPU"
    return torch, None


def engine(folder):
    """The engine as `run` noted it, with the device's name: CUDA (NVIDIA H200, 9.0, mma)."""
    with open(os.path.join(folder, "summary.txt")) as file:
        return file.readline().strip().removeprefix("engine: ")


def bf16_milliseconds(torch, tokens, depth, width):
    left = torch.randn(tokens, depth, device="cuda", dtype=torch.bfloat16)
    right = torch.randn(depth, width, device="cuda", dtype=torch.bfloat16)

    def repeated(times):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        for _ in range(times):
            torch.matmul(left, right)
        end.record()
        torch.cuda.synchronize()
        return start.elapsed_time(end) / times

    repeated(5)
    return repeated(max(1, min(1000, int(1e3 * SECONDS / repeated(3)))))


def int8_limit(device):
    return next((limit for name, limit in INT8_LIMIT.items() if name in device), None)


def measured(torch, device, line):
    tokens, d_in, d_out = (int(size) for size in line["shape"].split("x"))
    forward = line["direction"] == "forward"
    depth, width = (d_in, d_out) if forward else (d_out, d_in)
    operations = 2 * LIMBS * tokens * d_in * d_out / (1e-3 * line["ms"])
    limit = int8_limit(device)
    line["int8_tops"] = operations / 1e12
    line["share_of_limit"] = operations / limit if limit else None
    line["bf16_ms"] = bf16_milliseconds(torch, tokens, depth, width) if torch else None
    line["ratio_to_bf16"] = line["ms"] / line["bf16_ms"] if torch else None
    return line


def table(device, lines):
    yield f"Engine: {device}. Ratio: time of the product mod q over time of the bf16 product of the same shape."
    yield ""
    yield "| T × d_in × d_out | direction | kernel | ms | int8 TOP/s | of the limit | bf16 ms | ratio | whole call ms |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for line in lines:
        share = f"{100 * line['share_of_limit']:.0f} %" if line["share_of_limit"] else "–"
        bf16 = f"{line['bf16_ms']:.3f}" if line["bf16_ms"] else "–"
        ratio = f"{line['ratio_to_bf16']:.2f}" if line["ratio_to_bf16"] else "–"
        yield (
            f"| {line['shape']} | {line['direction']} | {line['kernel']} | {line['ms']:.3f} | {line['int8_tops']:.0f} "
            f"| {share} | {bf16} | {ratio} | {line['call_ms']:.2f} |"
        )


def main(folder):
    device = engine(folder)
    torch, absence = torch_on_gpu()
    if torch is None:
        print(f"no comparison with bf16: {absence}")
    lines = []
    for path in sorted(glob.glob(os.path.join(folder, "gemm-*.jsonl"))):
        with open(path) as file:
            lines += [json.loads(text) for text in file if text.startswith("{")]
    lines = [measured(torch, device, line) for line in lines]
    with open(os.path.join(folder, "gpu.json"), "w") as file:
        json.dump({"device": device, "products": lines}, file, indent=1)
    text = "\n".join(table(device, lines)) + "\n"
    with open(os.path.join(folder, "gpu.md"), "w") as file:
        file.write(text)
    print(text)


if __name__ == "__main__":
    main(sys.argv[1])
