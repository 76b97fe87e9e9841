#!/usr/bin/python3
"""Measures CPU per request of the gate beside wrk and aiohttp; tests/bench/run.sh builds and runs it.

Every program posts the same requests to the same nginx and is measured alone on core 0, with nginx and the gate's
load client on core 1. The programs take turns, several rounds of them: absolute figures drift between runs, so only
the ratios within one run are worth comparing. A ratio is the median over the rounds of (gate / wrk) in that round.
"""
import argparse
import contextlib
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time

import harness

HERE = pathlib.Path(__file__).parent
PROGRAM_CORE, ORIGIN_CORE = 0, 1
CONNECTIONS = 64
BODY_BYTES = 512
BATCH_ITEMS = 1000
BATCHES_IN_FLIGHT = 4
ROUNDS = 5
SECONDS = 3
PYTHON_ROUNDS = 2
WARM_UP_SECONDS = 1


class Bench:
    """The programs under measurement. Every method runs one of them once and returns what it did, as a dict:
    items, seconds, cpu_seconds."""

    def __init__(self, options, directory):
        self.options = options
        self.directory = directory

    def wrk(self, url):
        command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{SECONDS}s",
                   "--script", str(HERE / "post.lua"), url]
        output, cpu_seconds = harness.run_measured(command, PROGRAM_CORE, {"BODY_BYTES": str(BODY_BYTES)})
        if "Non-2xx" in output or "Socket errors" in output:
            raise harness.BenchError(f"wrk met errors: {output}")
        requests, seconds = re.search(r"(\d+) requests in ([\d.]+)s", output).groups()
        return {"items": int(requests), "seconds": float(seconds), "cpu_seconds": cpu_seconds}

    def gate(self, pid, address, url):
        cpu_before = harness.cpu_seconds_of(pid)
        report = self.drive(address, url, SECONDS)
        return {**report, "cpu_seconds": harness.cpu_seconds_of(pid) - cpu_before}

    def drive(self, address, url, seconds):
        command = [str(self.options.build / "bin/bench_driver"), "--gate", address, "--url", url,
                   "--seconds", str(seconds), "--body-bytes", str(BODY_BYTES), "--batch", str(BATCH_ITEMS),
                   "--in-flight", str(BATCHES_IN_FLIGHT)]
        output, _ = harness.run_measured(command, ORIGIN_CORE)
        return json.loads(output)

    def aiohttp(self, url):
        return self.python("aiohttp", url, CONNECTIONS, core=PROGRAM_CORE)

    def python_through_gate(self, address, url):
        return self.python("gate", url, BATCHES_IN_FLIGHT, BATCH_ITEMS, address, self.options.stubs, core=None)

    def python(self, way, url, *rest, core):
        command = ["/usr/bin/python3", str(HERE / "python_caller.py"), way, url, BODY_BYTES, SECONDS, *rest]
        output, _ = harness.run_measured([str(argument) for argument in command], core)
        return json.loads(output)

    def start_gate(self, name, ca_file, core, shards):
        """A context that runs a daemon; gives its process id and address."""
        address = f"unix:{self.directory}/{name}.sock"
        daemon = harness.gate(
            str(self.options.build / "bin/posternd"), address, ca_file, core, shards, self.directory / f"{name}.log")
        return daemon, address


def run_all(bench, report_progress):
    """Every measurement, as {name: [dict for each round]}."""
    results = {}

    def record(name, measured):
        results.setdefault(name, []).append(measured)
        report_progress(name, measured)

    with contextlib.ExitStack() as stack:
        plain, tls, ca_file = stack.enter_context(
            harness.origin(bench.directory, HERE / "origin.conf.in", ORIGIN_CORE))
        daemon, address = bench.start_gate("pinned", ca_file, PROGRAM_CORE, shards=1)
        with daemon as pid:
            for url in (plain, tls):
                bench.drive(address, url, WARM_UP_SECONDS)
            for _ in range(ROUNDS):
                record("wrk", bench.wrk(plain))
                record("gate", bench.gate(pid, address, plain))
                record("wrk, TLS", bench.wrk(tls))
                record("gate, TLS", bench.gate(pid, address, tls))
            for _ in range(PYTHON_ROUNDS):
                record("aiohttp", bench.aiohttp(plain))
        # A caller and its gate share the machine as they would in use: neither is held on a core.
        daemon, address = bench.start_gate("free", ca_file, None, shards=os.cpu_count())
        with daemon:
            for _ in range(PYTHON_ROUNDS):
                record("Python through the gate", bench.python_through_gate(address, plain))
    return results


def summary_of(results):
    def cpu_us(measured):
        return measured["cpu_seconds"] / measured["items"] * 1e6

    def rate(measured):
        return measured["items"] / measured["seconds"]

    def ratio(gate, wrk):
        return statistics.median(cpu_us(g) / cpu_us(w) for g, w in zip(results[gate], results[wrk]))

    programs = {
        name: {
            "cpu_us_per_request_min": min(map(cpu_us, rounds)),
            "cpu_us_per_request_median": statistics.median(map(cpu_us, rounds)),
            "requests_per_second_median": statistics.median(map(rate, rounds)),
            "rounds": rounds,
        }
        for name, rounds in results.items()
    }
    return {
        "programs": programs,
        "ratios": {
            "gate / wrk, CPU per request": ratio("gate", "wrk"),
            "gate / wrk, CPU per request, TLS": ratio("gate, TLS", "wrk, TLS"),
            "Python through the gate / aiohttp, requests per second":
                programs["Python through the gate"]["requests_per_second_median"]
                / programs["aiohttp"]["requests_per_second_median"],
        },
    }


def environment():
    """What was measured, and on what."""

    def first_line(*command):
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return run.stdout.partition("\n")[0].strip()

    cpu = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {
        "machine": f"{os.cpu_count()} cores, {cpu.group(1) if cpu else platform.machine()}, "
                   f"Linux {platform.release()}",
        "versions": ", ".join([
            first_line("wrk", "--version").partition(" [")[0],
            first_line("nginx", "-v").removeprefix("nginx version: "),
            "aiohttp " + first_line("/usr/bin/python3", "-c", "import aiohttp; print(aiohttp.__version__)"),
            f"Python {platform.python_version()}",
        ]),
        "requests": f"POST, body of {BODY_BYTES} bytes, answered with 200 by one nginx worker; "
                    f"{CONNECTIONS} connections; batches of {BATCH_ITEMS}, {BATCHES_IN_FLIGHT} in flight",
        "placement": f"the program measured on core {PROGRAM_CORE}, one shard; nginx and the gate's load client "
                     f"on core {ORIGIN_CORE}; Python through the gate: caller and gate on any core",
        "rounds": f"{ROUNDS} of {SECONDS} s ({PYTHON_ROUNDS} for Python)",
    }


def print_report(report):
    for name, text in report["environment"].items():
        print(f"{name + ':':11}{text}")
    print(f"\n{'':26}{'CPU us per request':^22}\n{'':26}{'min':>11}{'median':>11}{'requests/s':>14}")
    for name, row in report["programs"].items():
        print(f"{name:26}{row['cpu_us_per_request_min']:11.2f}{row['cpu_us_per_request_median']:11.2f}"
              f"{row['requests_per_second_median']:14,.0f}")
    print("\nThe row \"Python through the gate\" counts the CPU of the Python process alone.\n")
    for name, ratio in report["ratios"].items():
        print(f"{name}: {ratio:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build folder with bin/")
    parser.add_argument("--stubs", type=pathlib.Path, required=True, help="folder with protoc's Python stubs")
    parser.add_argument("--json", type=pathlib.Path, required=True, help="where to write the results")
    options = parser.parse_args()
    if os.cpu_count() < 2:
        parser.error("two cores are needed: one for the program measured, one for the origin")

    def report_progress(name, measured):
        print(f"  {name}: {measured['items']} requests in {measured['seconds']:.1f} s", file=sys.stderr)

    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="postern-bench-") as directory:
        results = run_all(Bench(options, pathlib.Path(directory)), report_progress)
    report = {"environment": environment(), **summary_of(results)}
    options.json.write_text(json.dumps(report, indent=2) + "\n")
    print_report(report)
    print(f"\nMeasured in {time.monotonic() - started:.0f} s; all of it in {options.json}")


if __name__ == "__main__":
    try:
        main()
    except harness.BenchError as error:
        sys.exit(f"bench: {error}")
