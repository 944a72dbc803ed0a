"""Scans the logs of a folder in turn and prints their speeds, or scans standard input and prints the most memory held."""

import json
import os
import resource
import statistics
import subprocess
import sys

RUNS = 5


def scanned(command, stdin=subprocess.DEVNULL):
    """The processor time of a scan in seconds, and what it wrote."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=stdin)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # 1 is what keytrace says when something was found.
    if done.returncode not in (0, 1):
        sys.exit(f"{command[-1]}: keytrace ended with {done.returncode}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def lines_of(report):
    """How many lines a report in NDJSON accounts for."""
    return json.loads(report.split(b"\n", 1)[0])["totals"]["lines"]


def speed(keytrace, folder):
    names = ["shop", "distinct", "hostile", "words", "words-apart", "words-in-names"]
    logs = {name: os.path.join(folder, name + ".log") for name in names}
    times, lines = {name: [] for name in names}, {}
    command = [keytrace, "scan", "--quiet", "--threads", "1"]
    for name in names:
        lines[name] = lines_of(scanned(command + ["--output-format", "ndjson", logs[name]])[1])
    for _ in range(RUNS):
        for name in names:
            times[name].append(scanned(command + [logs[name]])[0])
    median = {name: statistics.median(times[name]) for name in names}
    rate = {name: (os.path.getsize(logs[name]) / median[name], lines[name] / median[name]) for name in names}
    print("| log | MiB | lines | processor s | of the shop's bytes a second | of its lines a second |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in names:
        size = os.path.getsize(logs[name]) / (1 << 20)
        of_bytes, of_lines = (rate[name][at] / rate["shop"][at] for at in (0, 1))
        print(f"| {name} | {size:.0f} | {lines[name]:,} | {median[name]:.2f} | {of_bytes:.0%} | {of_lines:.0%} |")


def memory(keytrace, threads):
    command = [keytrace, "scan", "--quiet", "--threads", threads, "--output-format", "ndjson", "-"]
    seconds, report = scanned(command, sys.stdin)
    count = lines_of(report)
    held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{count:,} lines, threads: {threads}; held at most {held:.0f} MiB; {seconds / count * 1e9:.0f} ns a line", flush=True)


if sys.argv[1] == "speed":
    speed(*sys.argv[2:])
else:
    memory(*sys.argv[2:])
