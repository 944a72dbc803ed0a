//! What whatever collects reports takes of them.

use std::ffi::OsStr;
use std::fs;

use report::RENDERERS;
use serde_json::Value;

use super::{Outcome, Place, Row, ensure, row};
use crate::logs::{self, Hit, Writing};
use crate::program::{Run, keytrace, of_type, parsed};

pub(super) const ROWS: &[Row] = &[row("F21", "findings that are longer than collectors take", lengths)];

/// How long an event may be for a collector that was told nothing else, in bytes.
const EVENT_BYTES_MAX: usize = 10_000;

/// The forms that are collected line by line.
const LINES: [&str; 5] = ["ndjson", "ocsf", "ecs", "timesketch-jsonl", "timesketch-csv"];

/// Requests of many clients whose every field is long, and is longer still once it is escaped.
fn long_lines() -> String {
    let line = |number: usize| {
        let long = ["\u{202e}", "\\", "\u{1b}", "x", "é"][number % 5].repeat(4_500);
        let target = format!("{}?{long}", logs::REACHES[number % logs::REACHES.len()]);
        let client = format!("198.51.{}.{}", 100 + number / 250, number % 250);
        let mut hit = Hit::new(number as u64, &client, &target, if number.is_multiple_of(3) { 200 } else { 404 }, 900);
        hit.referer = format!("http://a.example/{long}");
        hit.agent = format!("{long}{number}");
        logs::line(&hit, Writing::NginxJson) + "\n"
    };
    (0..700).map(line).collect()
}

fn lengths() -> Outcome {
    let place = Place::new();
    let name = "n".repeat(200);
    for number in 0..2_000 {
        let hit = Hit::new(number * 3_600, "192.0.2.7", &format!("/page/{number}"), 200, 900);
        place.file(&format!("{name}-{number}.log"), logs::line(&hit, Writing::Combined) + "\n");
    }
    place.file("long.log", long_lines());
    let reports = Place::new();
    let report = reports.path("report.ndjson");
    let run = |words: &[&OsStr]| -> Run { keytrace(words.iter().copied()) };
    run(&["scan".as_ref(), "-q".as_ref(), place.folder().as_os_str(), "-o".as_ref(), report.as_os_str()]);
    let text = fs::read_to_string(&report).map_err(|error| error.to_string())?;
    for form in LINES {
        ensure(RENDERERS.iter().any(|render| render.name() == form), || format!("there is no {form}"))?;
        let from = |command: &str, path: &OsStr| {
            let shown = run(&[command.as_ref(), "--output-format".as_ref(), form.as_ref(), path]);
            String::from_utf8(shown.out).map_err(|error| format!("{form}: {error}"))
        };
        let told = from("scan", place.folder().as_os_str())?;
        within(form, &told)?;
        // Nothing is lost in the report: what is shown of it is what the scan itself shows.
        ensure(from("show", report.as_os_str())? == told, || format!("{form} is another from the saved report"))?;
    }
    counted(&parsed(&text))?;
    let verified = run(&["verify".as_ref(), report.as_os_str(), place.folder().as_os_str()]);
    ensure(verified.code == 0, || format!("verify exits with {}: {}", verified.code, verified.text()))
}

/// Whether each row is short, a value, and says of itself what is not in it.
fn within(form: &str, text: &str) -> Outcome {
    let longest = text.split_inclusive('\n').map(str::len).max().unwrap_or(0);
    ensure((1_000..=EVENT_BYTES_MAX).contains(&longest), || format!("{form} has a row of {longest} bytes"))?;
    if !form.ends_with("csv") {
        let rows: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
        rows.map_err(|error| format!("{form}: {error}"))?;
    }
    ensure(text.contains("omitted"), || format!("{form} is cut in silence"))
}

/// Whether what is left out of the rows of a report stands behind them, all of it.
fn counted(rows: &[Value]) -> Outcome {
    let all = rows[0]["totals"]["inputs"].as_u64().unwrap_or(0);
    let own = rows[0]["inputs"].as_array().map_or(0, Vec::len) as u64;
    let more = of_type(rows, "more");
    let of =
        |key: &str| more.iter().filter(|row| row["of"] == "scan" && row["key"] == key).copied().collect::<Vec<_>>();
    let behind: usize = of("inputs").iter().filter_map(|row| row["items"].as_array()).map(Vec::len).sum();
    let told = |row: &Value, key: &str, what: &str| {
        let omitted = row["omitted"].as_array().into_iter().flatten().find(|omitted| omitted["key"] == key);
        omitted.and_then(|omitted| omitted[what].as_u64()).unwrap_or(0)
    };
    ensure(own < all && all == own + told(&rows[0], "inputs", "items") && all == own + behind as u64, || {
        format!("{all} inputs: {own} in the first row, {behind} behind it, said: {}", rows[0]["omitted"])
    })?;
    let actors = of_type(rows, "incident").iter().any(|incident| 100 < told(incident, "actors", "items"));
    let targets = of_type(rows, "finding").iter().any(|finding| 1_000 < told(finding, "request.target", "bytes"));
    ensure(actors && targets, || "no list of actors and no target is cut: this proves nothing".to_owned())
}
