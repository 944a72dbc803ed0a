"""A second reader of access logs, written from what servers document and from nothing of keytrace.

    python3 reference.py combined LOG      the combined format (Apache's mod_log_config, nginx's default)
    python3 reference.py nginx_json LOG    JSON lines, as nginx writes them with escape=json

It is strict: a line that leaves any doubt is not read. One JSON object a line goes to standard output for each line
that is read, with its number from 1. Nothing is imported but the standard library.
"""

import ipaddress
import json
import re
import sys
from datetime import datetime, timezone

# A value in quotes: what stands in it may be escaped by a backslash, and no bare quote is in it.
QUOTED = rb'"((?:[^"\\]|\\.)*)"'
# No server writes a bare quote outside of quotes: where one stands, the line was changed, and may be read in two ways.
BARE = rb'([^\s"]+)'
# Nor is a bracket open behind which there is an address: a program's own message begins so.
CLIENT = rb'((?!\[)[^\s"]+|\[[^\s"]*\](?::\d+)?)'
COMBINED = re.compile(
    rb" ".join([CLIENT, BARE, BARE])
    + rb" \[(\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4})\] "
    + QUOTED
    + rb" (\d{3}) (\d{1,19}|-) "
    + QUOTED
    + rb" "
    + QUOTED
    + rb"$"
)
REQUEST = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) (HTTP/\d(?:\.\d)?)$")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}", re.ASCII)
STATUS = re.compile(r"[1-9]\d\d", re.ASCII)
SIZE = re.compile(r"\d{1,19}", re.ASCII)
MONTHS = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def text(value):
    """A value as text; a hyphen is what servers write for nothing."""
    return None if value is None or value == b"-" else value.decode("utf-8", "replace")


def instant(moment):
    """An instant in UTC, to the second."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def clf_time(stamp):
    """The time of a line: [day/Mon/year:hour:minute:second zone]; None if there is no such day or hour."""
    clock, zone = stamp.split(b" ")
    day, month, rest = clock.split(b"/")
    year, hour, minute, second = rest.split(b":")
    if month not in MONTHS:
        return None
    number = MONTHS.index(month) + 1
    written = b"%s-%02d-%sT%s:%s:%s%s:%s" % (year, number, day, hour, minute, second, zone[:3], zone[3:])
    try:
        return instant(datetime.fromisoformat(written.decode()))
    except (ValueError, OverflowError):
        return None


def request(line):
    """The method, target and protocol of a request line, if it is exactly one (RFC 9112, section 3)."""
    match = REQUEST.match(line)
    return match.groups() if match else None


def is_address(word):
    try:
        ipaddress.ip_address(word)
    except ValueError:
        return False
    return "%" not in word


def without_port(client):
    if client is None or is_address(client):
        return client
    host = re.sub(r":[0-9]+$", "", client)
    host = host[1:-1] if re.fullmatch(r"\[.*\]", host) else host
    return host if is_address(host) else client


def client_of_socket(client):
    """The address in `192.0.2.7:4711` or `[2001:db8::7]:4711`; None if it is no address of a socket."""
    socket = re.fullmatch(r"(?:\[(.+)\]|([^\[\]:]+)):([0-9]{1,5})", client)
    if socket is None or 65535 < int(socket[3]):
        return None
    host = socket[1] or socket[2]
    return host if is_address(host) else None


def combined(line):
    match = COMBINED.match(line)
    if not match:
        return None
    client, _, user, stamp, asked, status, size, referer, agent = match.groups()
    parts, time = request(asked), clf_time(stamp)
    if parts is None or time is None:
        return None
    address = client_of_socket(client.decode("utf-8", "replace"))
    if client.startswith(b"[") and not client.endswith(b"]") and address is None:
        return None
    return {
        "time": time,
        "client": address or text(client),
        "user": text(user),
        "method": parts[0].decode("utf-8", "replace"),
        "target": parts[1].decode("utf-8", "replace"),
        "protocol": parts[2].decode("utf-8", "replace"),
        "status": int(status),
        "bytes": None if size == b"-" else int(size),
        "referer": text(referer),
        "agent": text(agent),
    }


def bare(client):
    """The client of a socket's address without its port, and of a list of addresses the last."""
    if client is None:
        return None
    items = [item.strip(" \t\r\n\f") for item in client.split(",")]
    if 1 < len(items) and all(map(is_address, items)):
        return items[-1]
    return without_port(client)


def nginx_json(line):
    try:
        row = json.loads(line.decode("utf-8"))
        parts = request(row["request"].encode())
        if not MOMENT.fullmatch(row["time_iso8601"]):
            return None
        moment = datetime.fromisoformat(row["time_iso8601"])
        if not (STATUS.fullmatch(row["status"]) and SIZE.fullmatch(row["body_bytes_sent"])):
            return None
        status, size = int(row["status"]), int(row["body_bytes_sent"])
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    # Keys of other names mean the same elsewhere: what a line lacks here says nothing.
    if parts is None or not {"remote_addr", "http_referer", "http_user_agent"} <= row.keys():
        return None
    own = lambda key: row[key] if row[key] not in (None, "", "-") else None
    return {
        "time": instant(moment),
        "client": bare(own("remote_addr")),
        "method": parts[0].decode(),
        "target": parts[1].decode(),
        "protocol": parts[2].decode(),
        "status": status,
        "bytes": size,
        "referer": own("http_referer"),
        "agent": own("http_user_agent"),
    }


def main():
    read = {"combined": combined, "nginx_json": nginx_json}[sys.argv[1]]
    with open(sys.argv[2], "rb") as log:
        for number, line in enumerate(log, 1):
            record = read(line.rstrip(b"\n").removesuffix(b"\r"))
            if record is not None:
                print(json.dumps({"line": number, **record}))


main()
