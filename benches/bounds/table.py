"""Scans the logs of a folder in turn and prints their speeds, or scans standard input and prints the most memory held."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time

RUNS = 5


def scanned(command, stdin=subprocess.DEVNULL):
    """The processor time of a scan and the time by the clock, in seconds, and what it wrote."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=stdin)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - begun
    # 1 is what keytrace says when something was found.
    if done.returncode not in (0, 1):
        sys.exit(f"{command[-1]}: keytrace ended with {done.returncode}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, done.stdout


def lines_of(report):
    """How many lines a report in NDJSON accounts for."""
    return json.loads(report.split(b"\n", 1)[0])["totals"]["lines"]


def speed(keytrace, folder):
    names = ["shop", "distinct", "hostile", "words", "words-apart", "words-in-names"]
    logs = {name: os.path.join(folder, name + ".log") for name in names}
    lines = {}
    for name in names:
        report = scanned([keytrace, "scan", "--quiet", "--output-format", "ndjson", logs[name]])[2]
        lines[name] = lines_of(report)
    print("| log | MiB | lines | threads | processor s | wall s | of the shop's bytes a second: by processor, by the clock | of its lines |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for threads in sorted({1, os.cpu_count()}):
        times = {name: [] for name in names}
        for _ in range(RUNS):
            for name in names:
                command = [keytrace, "scan", "--quiet", "--threads", str(threads), logs[name]]
                times[name].append(scanned(command)[:2])
        median = {name: [statistics.median(run[at] for run in times[name]) for at in (0, 1)] for name in names}
        sizes = {name: os.path.getsize(logs[name]) for name in names}
        for name in names:
            (of_processor, of_wall) = [
                [counts[name] / median[name][at] / (counts["shop"] / median["shop"][at]) for counts in (sizes, lines)]
                for at in (0, 1)
            ]
            shares = " | ".join(f"{share:.0%}, {wall:.0%}" for share, wall in zip(of_processor, of_wall))
            seconds = " | ".join(f"{second:.2f}" for second in median[name])
            print(f"| {name} | {sizes[name] >> 20} | {lines[name]:,} | {threads} | {seconds} | {shares} |", flush=True)


def memory(keytrace, threads):
    command = [keytrace, "scan", "--quiet", "--threads", threads, "--output-format", "ndjson", "-"]
    seconds, _, report = scanned(command, sys.stdin)
    count = lines_of(report)
    held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{count:,} lines, threads: {threads}; held at most {held:.0f} MiB; {seconds / count * 1e9:.0f} ns a line", flush=True)


if sys.argv[1] == "speed":
    speed(*sys.argv[2:])
else:
    memory(*sys.argv[2:])
