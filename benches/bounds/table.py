"""Scans the logs of a folder in turn and prints their speeds, or scans standard input and prints the most memory held."""

import json
import os
import resource
import statistics
import subprocess
import sys

RUNS = 5


def scanned(keytrace, threads, log, stdin=subprocess.DEVNULL):
    """The processor time of a scan in seconds, and its report's row of totals."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [keytrace, "scan", "--quiet", "--threads", str(threads), "--output-format", "ndjson", log]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=stdin)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # 1 is what keytrace says when something was found.
    if done.returncode not in (0, 1):
        sys.exit(f"{log}: keytrace ended with {done.returncode}")
    first = json.loads(done.stdout.split(b"\n", 1)[0])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, first


def speed(keytrace, folder):
    names = ["shop", "hostile", "words", "words-apart", "words-in-names"]
    logs = {name: os.path.join(folder, name + ".log") for name in names}
    times, lines = {name: [] for name in names}, {}
    for run in range(RUNS + 1):
        for name in names:
            seconds, scan = scanned(keytrace, 1, logs[name])
            lines[name] = scan["totals"]["lines"]
            if run > 0:
                times[name].append(seconds)
    median = {name: statistics.median(times[name]) for name in names}
    rate = {name: (os.path.getsize(logs[name]) / median[name], lines[name] / median[name]) for name in names}
    print("| log | MiB | lines | processor s | of the shop's bytes a second | of its lines a second |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in names:
        size = os.path.getsize(logs[name]) / (1 << 20)
        of_bytes, of_lines = (rate[name][at] / rate["shop"][at] for at in (0, 1))
        print(f"| {name} | {size:.0f} | {lines[name]:,} | {median[name]:.2f} | {of_bytes:.0%} | {of_lines:.0%} |")


def memory(keytrace, threads):
    seconds, scan = scanned(keytrace, threads, "-", sys.stdin)
    count = scan["totals"]["lines"]
    held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{count:,} lines, threads: {threads}; held at most {held:.0f} MiB; {seconds / count * 1e9:.0f} ns a line", flush=True)


if sys.argv[1] == "speed":
    speed(*sys.argv[2:])
else:
    memory(*sys.argv[2:])
