"""Contestants as processes: one line of JSON asks for a measurement, one line answers. All are started first and then
asked in turn, so that whatever else the machine does meets all of them; while one computes, the others wait for a line."""

import json
import os
import subprocess
import sys
import time


class Contestant:
    """The asking side."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
        )

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise SystemExit(f"{self.process.args}: ended with exit code {self.process.wait()}; its error stands above")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def serve(answer):
    """The answering side: calls `answer(request)` for every line until there are no more."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


class Stopwatch:
    """Wall and CPU seconds (of all threads of this process) since it was made."""

    def __init__(self):
        self.wall = time.perf_counter()
        self.cpu = time.process_time()

    def seconds(self):
        return time.perf_counter() - self.wall

    def cpu_seconds(self):
        return time.process_time() - self.cpu
