"""Contestant: concrete-ml-extensions' product of an encrypted matrix with a clear one, through its public API.

The scale of a token is the largest with which no product can leave the 27 bits that its parameters reserve (Cauchy and
Schwarz, as ours in DESIGN §3): the smallest error that can be had from it. Its users quantize to fewer bits.
"""

import concrete_ml_extensions as peer
import json
import numpy as np

from worker import Stopwatch, serve

PARAMETERS = json.loads(peer.default_params())
RANGE = 2.0 ** (PARAMETERS["bits_reserved_for_computation"] - 1)

crypto = peer.MatmulCryptoParameters.deserialize(peer.default_params())
watch = Stopwatch()
secret_key, compression_key = peer.create_private_key(crypto)
KEY = {"keySeconds": watch.seconds(), "bytesOnce": len(compression_key.serialize())}


def answer(request):
    tokens, width = request["tokens"], request["width"]
    x = np.fromfile(request["x"], np.float32).reshape(-1, width)[:tokens].astype(np.float64)
    weights = np.fromfile(request["weights"], np.int8).reshape(width, width)  # (d_out, d_in)
    transposed = np.ascontiguousarray(weights.T.astype(np.int64).view(np.uint64))
    norm = np.sqrt((weights.astype(np.float64) ** 2).sum(1).max())

    watch = Stopwatch()
    # One less than the range, and half a unit of rounding a value, are kept free.
    scale = (RANGE - 1 - norm * np.sqrt(width) / 2) / (norm * np.linalg.norm(x, axis=1, keepdims=True))
    plain = np.ascontiguousarray(np.rint(x * scale).astype(np.int64).view(np.uint64))
    request_matrix = peer.encrypt_matrix(pkey=secret_key, crypto_params=crypto, data=plain)
    up = request_matrix.serialize()
    encrypted = watch.seconds()
    product = peer.matrix_multiplication(
        encrypted_matrix=peer.EncryptedMatrix.deserialize(up), data=transposed, compression_key=compression_key
    )
    down = product.serialize()
    multiplied = watch.seconds()
    valid = width % PARAMETERS["packing_ks_polynomial_size"] or PARAMETERS["packing_ks_polynomial_size"]
    received = peer.CompressedResultEncryptedMatrix.deserialize(down)
    integers = peer.decrypt_matrix(received, secret_key, crypto, valid).astype(np.int64)
    (integers / scale).astype(np.float32).tofile(request["y"])
    seconds = watch.seconds()
    return {
        "encryptSeconds": encrypted,
        "multiplySeconds": multiplied - encrypted,
        "decryptSeconds": seconds - multiplied,
        "seconds": seconds,
        "cpuSeconds": watch.cpu_seconds(),
        "bytesUp": len(up),
        "bytesDown": len(down),
        **KEY,
    }


serve(answer)
