"""Writes golden.properties: what the wire formats of DESIGN must be, computed without our Java code.

Needs Python 3 with the package blake3 (its authors' implementation) and the openssl command (for AES-256-CTR):
python3 golden.py > golden.properties
"""

import hashlib
import struct
import subprocess

from blake3 import blake3

Q = 2**32 - 2**20 + 1
DIGEST = "ab" * 32

# The lengths of BLAKE3's own test vectors, whose byte i is i mod 251, and some around the widths of vectors and ranges.
BLAKE3_LENGTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 2048, 2049, 3072, 3073, 4096, 4097,
                  5120, 5121, 6144, 6145, 7168, 7169, 8192, 8193, 16384, 31744, 102400,
                  16385, 17408, 17409, 34816, 524288, 524289, 1049600, 1600000]


def words(count):
    return [i * 2654435761 % Q for i in range(count)]


def tensor(wire_id, tokens, features, bits):
    values = words(tokens * features)
    if bits == 32:
        payload = struct.pack(f"<{len(values)}I", *values)
    else:
        payload = struct.pack(f"<{len(values)}H", *[v & 0xFFFF for v in values])
    head = b"VLRT" + struct.pack("<HBBIIQQ", 2, wire_id, bits, tokens, features, len(payload), 0)
    return head + blake3(head + payload).digest() + payload


def hint(wire_id, n, rows):
    head = b"VLRH" + struct.pack("<HBBII", 1, wire_id, 24, rows, n) + bytes(48)
    rounded = [(2 * h * 2**24 + Q) // (2 * Q) % 2**24 for h in words(rows * n)]
    return head + b"".join(r.to_bytes(3, "little") for r in rounded)


def matrix_row(n, row, epoch=1):
    label = b"veilora/public-matrix/v1"
    seed = hashlib.sha256(label + bytes.fromhex(DIGEST) + struct.pack(">i", epoch)).hexdigest()
    counter = struct.pack(">QQ", row, 0).hex()
    stream = subprocess.run(
        ["openssl", "enc", "-aes-256-ctr", "-nosalt", "-K", seed, "-iv", counter],
        input=bytes(4 * (n + 64)), capture_output=True, check=True).stdout
    below = [w for (w,) in struct.iter_unpack("<I", stream) if w < Q]
    assert len(below) >= n
    return struct.pack(f"<{n}I", *below[:n])


def model_digest():
    lines = "veilora/model/v1\nconfig " + "01" * 32 + "\n"
    lines += "blocks.0.qkv 32 16 " + "02" * 32 + " " + "03" * 32 + "\n"
    lines += "lm_head 1053 16 " + "04" * 32 + " " + "05" * 32 + "\n"
    return hashlib.sha256(lines.encode()).hexdigest()


def quantized(rows, columns):
    """Symmetric int8 with one float32 scale a row, ties to even."""
    def float32(x):
        return struct.unpack("<f", struct.pack("<f", x))[0]
    weights = [float32((w - Q // 2) / 2**24) for w in words(rows * columns)]
    values, scales = b"", b""
    for row in range(rows):
        part = weights[row * columns:(row + 1) * columns]
        scale = float32(max(map(abs, part)) / 127)
        values += struct.pack(f"{columns}b", *[max(-127, min(127, round(w / scale))) for w in part])
        scales += struct.pack("<f", scale)
    return values, scales


def sha(data):
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    request, answer, rows = tensor(1, 256, 3, 32), tensor(2, 512, 5, 16), hint(1, 1280, 3)
    print("# Written by golden.py")
    print("tensor.request.header=" + request[:64].hex())
    print("tensor.request.sha256=" + sha(request))
    print("tensor.answer.header=" + answer[:64].hex())
    print("tensor.answer.sha256=" + sha(answer))
    for length in BLAKE3_LENGTHS:
        print(f"blake3.{length}=" + blake3(bytes(i % 251 for i in range(length))).hexdigest())
    print("hint.header=" + rows[:64].hex())
    print("hint.sha256=" + sha(rows))
    for name, n in (("256x5", 1280), ("256x6", 1536)):
        print(f"matrix.{name}.row0.start=" + matrix_row(n, 0)[:16].hex())
        print(f"matrix.{name}.rows0to3.sha256=" + sha(b"".join(matrix_row(n, r) for r in range(4))))
        print(f"matrix.{name}.row70000.sha256=" + sha(matrix_row(n, 70000)))
    print("matrix.256x5.epoch2.row0.sha256=" + sha(matrix_row(1280, 0, epoch=2)))
    values, scales = quantized(7, 9)
    print("weights.values=" + values.hex())
    print("weights.scales=" + scales.hex())
    print("model.digest=" + model_digest())
