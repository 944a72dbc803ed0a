"""Times commands in turn and prints their medians and ratios to keytrace as a table in Markdown."""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

RUNS = 5
folder, keytrace, here = sys.argv[1:]
log = os.path.join(folder, "access.log")
python = os.path.join(folder, "venv", "bin", "python")
SQL = "select status, count(*) from (select regexp_extract(line, '\" (\\d{3}) ', 1) as status from read_csv('%s', header=false, delim='\\0', quote='', columns={'line': 'varchar'})) group by 1" % log

COMMANDS = [
    ("keytrace, one thread", [keytrace, "scan", "--quiet", "--threads", "1", log]),
    ("keytrace, all threads", [keytrace, "scan", "--quiet", log]),
    ("keytrace, all threads, .gz", [keytrace, "scan", "--quiet", log + ".gz"]),
    ("keytrace, all threads, .zst", [keytrace, "scan", "--quiet", log + ".zst"]),
    ("gzip -dc", ["gzip", "-dc", log + ".gz"]),
    ("zstd -dc", ["zstd", "-dcq", log + ".zst"]),
    ("rg, one literal", ["rg", "-c", "-F", "/etc/passwd", log]),
    ("rg, 50 literals", ["rg", "-c", "-F", "-f", os.path.join(here, "literals.txt"), log]),
    ("rg, 20 expressions", ["rg", "-c", "-f", os.path.join(here, "expressions.txt"), log]),
    ("gawk, count by status", ["gawk", "{ n[$9]++ } END { for (s in n) print s, n[s] }", log]),
    ("DuckDB, count by status", [python, "-c", "import duckdb, sys; print(duckdb.sql(sys.argv[1]).fetchall())", SQL]),
    ("lnav, count by status", ["lnav", "-n", "-c", ";select sc_status, count(*) from access_log group by 1", log]),
    ("GoAccess, JSON report", ["goaccess", log, "--log-format=COMBINED", "-o", os.path.join(folder, "report.json")]),
]
# Far slower than the others: they are timed once.
ONCE = {"lnav, count by status", "GoAccess, JSON report"}


def timed(command):
    """The wall time and the processor time of a command, in seconds; none if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # 1 is what keytrace says when something was found.
    if done.returncode not in (0, 1):
        return None
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


times = {}
for run in range(RUNS + 1):
    for name, command in COMMANDS:
        if shutil.which(command[0]) is None:
            if run == 0:
                print(f"{name}: left out, there is no {command[0]}", file=sys.stderr)
            continue
        if name in ONCE and run > 0:
            continue
        one = timed(command)
        if one is None:
            print(f"{name}: failed", file=sys.stderr)
        elif run > 0 or name in ONCE:
            times.setdefault(name, []).append(one)

walls = {name: statistics.median(wall for wall, _ in all) for name, all in times.items()}
base = walls["keytrace, all threads"]
mebibytes = os.path.getsize(log) / (1 << 20)
print(f"{mebibytes:.0f} MiB of the shop's log, {os.cpu_count()} processors, medians of {RUNS}\n")
print("| what | wall s | processor s | wall, keytrace being 1 |\n| --- | ---: | ---: | ---: |")
for name, all in times.items():
    cpu = statistics.median(cpu for _, cpu in all)
    print(f"| {name} | {walls[name]:.2f} | {cpu:.2f} | {walls[name] / base:.2f} |")
