"""Compares Veilora with what its users would pick instead, on this machine: src/bench/peers/run starts it.

Three parts: `product`, `tenants` and `step`. A part's result replaces the same part's in the JSON file, with the machine,
its load and the versions of that moment; the tables are made from the file, so that parts can be run one by one, and written
into src/bench/README.md too unless the file is another one (--out).
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

import product
import step
import tables
import tenants
from worker import Contestant

HOME = pathlib.Path(__file__).resolve().parents[3]
PARTS = ["product", "tenants", "step"]
RESULTS = pathlib.Path(__file__).with_name("results.json")
README = HOME / "src" / "bench" / "README.md"


def main():
    parser = argparse.ArgumentParser(prog="src/bench/peers/run", description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part (may be repeated)")
    parser.add_argument("--geometry", action="append", choices=["tiny", *step.GEOMETRIES], help="only these, in `step`")
    parser.add_argument("--rounds", type=int, default=5, help="of each contestant at each size (default: 5)")
    parser.add_argument("--short", action="store_true", help="tiny sizes, which say nothing: only to see that it works")
    parser.add_argument("--table", action="store_true", help="measure nothing, print the tables of the file")
    parser.add_argument("--out", type=pathlib.Path, default=RESULTS)
    options = parser.parse_args()
    folder = HOME / ".veilora" / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    results = json.loads(options.out.read_text()) if options.out.exists() else {}
    for part in [] if options.table else options.part or PARTS:
        start, load = time.time(), os.getloadavg()
        rows = run(part, options, folder)
        if part == "step" and options.geometry:
            others = results.get("step", {}).get("rows", [])
            rows = [row for row in others if row["geometry"] not in options.geometry] + rows
        results[part] = {"machine": machine(start, load), "rows": rows}
        options.out.write_text(json.dumps(results, indent=1) + "\n")
    print(tables.text(results))
    if options.out == RESULTS:
        README.write_text(tables.between_marks(README.read_text(), tables.text(results)))


def run(part, options, folder):
    if part == "step":
        geometries = options.geometry or (["tiny"] if options.short else step.GEOMETRIES)
        return step.measure(HOME, folder, options.rounds, geometries)
    ours = Contestant(ours_command())
    try:
        if part == "tenants":
            return tenants.measure(ours, options.rounds, options.short)
        theirs = Contestant([sys.executable, "product_concrete.py"])
        try:
            contestants = {"veilora": ours, "concrete-ml-extensions": theirs}
            return product.measure(contestants, folder, options.rounds, options.short)
        finally:
            theirs.close()
    finally:
        ours.close()


def ours_command():
    """The test classes of `functions`, where both sides may meet."""
    functions, client = HOME / "functions" / "target", HOME / "client-sdk" / "target"
    class_path = [
        functions / "test-classes",
        functions / "classes",
        client / "veilora-client-sdk.jar",
        functions / "quarkus-app" / "lib" / "main" / "*",
        functions / "quarkus-app" / "lib" / "boot" / "*",
    ]
    flags = ["--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"]
    java = pathlib.Path(os.environ["JAVA_HOME"]) / "bin" / "java"
    return [str(java), *flags, "-cp", ":".join(map(str, class_path)), "io.veilora.functions.bench.PeersWorker"]


def machine(start, load):
    packages = ["concrete-ml-extensions", "torch", "transformers", "peft", "numpy"]
    git = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=HOME, capture_output=True, text=True)
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in packages},
        "veilora": git.stdout.strip(),
        "date": datetime.date.today().isoformat(),
        "loadAtStart": load[0],
        "seconds": time.time() - start,
    }


def processor():
    """Name, and family and model, since virtual machines often hide what it is."""
    first = {}
    with open("/proc/cpuinfo") as info:
        for line in info:
            name, _, value = line.partition(":")
            first.setdefault(name.strip(), value.strip())
    return f"{first.get('model name', platform.machine())} (family {first.get('cpu family')}, model {first.get('model')})"


main()
