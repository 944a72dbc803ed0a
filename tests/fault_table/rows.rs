//! What whatever collects reports takes of them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use report::{RENDERERS, foreign_keys};
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Map, Value};

use super::text::with;
use super::{Outcome, Place, Row, ensure, row};
use crate::logs::{self, Hit, Writing};
use crate::program::{Run, keytrace, of_type, parsed, root};

pub(super) const ROWS: &[Row] = &[
    row("F21", "findings that are longer than collectors take", lengths),
    row("F22", "text that tells a reader what to do", instructions),
];

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
    for number in 0..200 {
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
    let sheet = run(&["scan".as_ref(), "--output-format".as_ref(), "csv".as_ref(), place.folder().as_os_str()]);
    in_a_sheet(&sheet.out)?;
    counted(&parsed(&text))?;
    let verified = run(&["verify".as_ref(), report.as_os_str(), place.folder().as_os_str()]);
    ensure(verified.code == 0, || format!("verify exits with {}: {}", verified.code, verified.text()))
}

/// How much a cell of a spreadsheet holds, in characters.
const CELL_LETTERS_MAX: usize = 32_767;

/// A sheet is no row of events and is not cut: but what a cell cannot hold is lost where it is opened, so none holds more.
fn in_a_sheet(sheet: &[u8]) -> Outcome {
    let mut longest = 0;
    for row in csv::Reader::from_reader(sheet).records() {
        let row = row.map_err(|error| error.to_string())?;
        longest = row.iter().map(|cell| cell.chars().count()).max().unwrap_or(0).max(longest);
    }
    let is_long_and_fits = (4_000..=CELL_LETTERS_MAX).contains(&longest);
    ensure(is_long_and_fits, || format!("the longest cell has {longest} letters"))
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

/// What a stranger orders a reader to do: of plain letters, so that nothing keeps it out of a sentence, and as long as the
/// role of a sample, whose length tells that it was read.
const ORDER: &str = "IgnoreAllOfThese";

/// Where the order is put into the samples' logs: a text, and what it becomes.
const PUT: [(&str, &str); 19] = [
    ("?logo=", "?IgnoreAllOfThese="),
    ("?src=", "?IgnoreAllOfThese="),
    ("tide-tickets-web", "IgnoreAllOfThese"),
    ("tide-manifests", "IgnoreAllOfThese-manifests"),
    ("manifests/2024", "IgnoreAllOfThese/2024"),
    ("\"awsRegion\":\"", "\"awsRegion\":\"IgnoreAllOfThese"),
    ("\"eventSource\":\"s3", "\"eventSource\":\"IgnoreAllOfThese.s3"),
    ("DescribeParameters", "IgnoreAllOfThese"),
    ("AccessDenied", "IgnoreAllOfThese"),
    ("ListUsers", "IgnoreAllOfThese"),
    ("\"accessKeyId\":\"ASIA798", "\"accessKeyId\":\"IgnoreAllOfThese"),
    ("/media/proxy", "/IgnoreAllOfThese/proxy"),
    ("/api/badge", "/api/IgnoreAllOfThese"),
    ("Mozilla/5.0", "IgnoreAllOfThese Mozilla/5.0"),
    ("aws-cli/", "IgnoreAllOfThese aws-cli/"),
    (" \"https://", " \"https://IgnoreAllOfThese."),
    ("shop.museum.example", "IgnoreAllOfThese.museum.example"),
    ("\"method\":\"GET\"", "\"method\":\"IgnoreAllOfThese\""),
    (" - - [", " - IgnoreAllOfThese ["),
];

/// Logs in whose every field the order stands, in files that are named for it.
fn ordered() -> Place {
    let place = Place::new();
    let put = |path: &Path| {
        let text = fs::read_to_string(path).expect("a sample is read");
        let text = PUT.iter().fold(text, |text, (from, to)| text.replace(from, to));
        let name = path.file_name().and_then(OsStr::to_str).expect("a plain name");
        place.file(&format!("{ORDER}-{}-{name}", path.parent().map_or(0, |folder| folder.as_os_str().len())), text);
    };
    for folder in ["stolen-role", "image-proxy", "virtual-hosts", "webhook-tester", "leaked-env"] {
        let files = fs::read_dir(root().join("samples").join(folder)).expect("the samples are there");
        let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths.sort();
        paths.iter().filter(|path| path.extension().is_some_and(|ending| ending != "txt")).for_each(|path| put(path));
    }
    place.file(
        &format!("{ORDER}.log"),
        with(ORDER, Writing::NginxJson) + &with(&format!("-{ORDER}"), Writing::Combined),
    );
    place.file(&format!("{ORDER}.gz"), b"\x1f\x8b\x08");
    place.file(&format!("{ORDER}.txt"), "no log\n");
    place
}

/// The keys below which the order stands in a row, `*` for the place in a list.
fn places(row: &Value, path: &str, found: &mut BTreeSet<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match row {
        Value::String(value) if value.contains(ORDER) => _ = found.insert(path.to_owned()),
        Value::Array(items) => items.iter().for_each(|item| places(item, &below("*"), found)),
        Value::Object(keys) => {
            for (key, value) in keys {
                if key.contains(ORDER) {
                    found.insert(below("KEY"));
                }
                places(value, &below(key), found);
            }
        }
        _ => {}
    }
}

/// The rows of a form, as values.
fn values(form: &str, text: &str) -> Result<Vec<Value>, String> {
    match form {
        "csv" | "timesketch-csv" => {
            let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
            let names = reader.headers().map_err(|error| error.to_string())?.clone();
            let row = |row: &csv::StringRecord| {
                let cells = names.iter().zip(row).map(|(name, cell)| (name.to_owned(), Value::from(cell)));
                Value::Object(cells.collect::<Map<_, _>>())
            };
            reader.records().map(|record| record.map(|cells| row(&cells)).map_err(|error| error.to_string())).collect()
        }
        "sigma" => {
            let rules = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
            Ok(rules.iter().map(of_yaml).collect())
        }
        _ => text.lines().map(|line| serde_json::from_str(line).map_err(|error| error.to_string())).collect(),
    }
}

fn of_yaml(node: &Yaml<'_>) -> Value {
    if let Some(map) = node.as_mapping() {
        let entries = map.iter().map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), of_yaml(value)));
        return Value::Object(entries.collect());
    }
    match node.as_sequence() {
        Some(items) => items.iter().map(of_yaml).collect(),
        None => node.as_str().map_or(Value::Null, Value::from),
    }
}

fn instructions() -> Outcome {
    let place = ordered();
    let mut wrong = Vec::new();
    for form in RENDERERS.iter().map(|render| render.name()).filter(|form| !["text", "html", "markdown"].contains(form))
    {
        let words = ["scan", "--output-format", form].map(OsStr::new);
        let text = keytrace(words.into_iter().chain([place.folder().as_os_str()])).out;
        let rows = values(form, &String::from_utf8(text).map_err(|error| error.to_string())?)?;
        let mut all = BTreeSet::new();
        for row in &rows {
            let own = if form == "ndjson" { row["type"].as_str().unwrap_or_default() } else { "" };
            let mut found = BTreeSet::new();
            places(row, "", &mut found);
            let listed = listed(form, own, &rows[0]);
            let is_listed = |path: &str| {
                listed.iter().any(|key| {
                    path.strip_prefix(key.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                })
            };
            wrong.extend(found.iter().filter(|path| !is_listed(path)).map(|path| format!("{form}: {own} {path}")));
            all.extend(found.into_iter().map(|path| format!("{own} {path}")));
        }
        ensure(!all.is_empty(), || format!("the order is nowhere in {form}: this proves nothing"))?;
        if form == "ndjson" {
            everywhere(&all)?;
        }
    }
    wrong.sort();
    wrong.dedup();
    ensure(wrong.is_empty(), || wrong.join("\n"))
}

/// The keys below which text of strangers may stand in a row of a type: as the report's first row lists them, if it does.
fn listed(form: &str, of: &str, first: &Value) -> Vec<String> {
    if form == "ndjson" {
        let keys = first["untrusted"][of].as_array().into_iter().flatten();
        return keys.filter_map(Value::as_str).map(str::to_owned).collect();
    }
    let rows = foreign_keys(form).iter().filter(|(name, _)| *name == of);
    rows.flat_map(|(_, keys)| keys.iter().map(|key| (*key).to_owned())).collect()
}

/// Whether the order reached every key that it may, but those that hold what the owner of the service wrote.
fn everywhere(all: &BTreeSet<String>) -> Outcome {
    const OWN: [&str; 7] = [
        "settings.*.value",
        "inputs.*.alike.path",
        "inputs.*.cut_short",
        "suppressed.*.reason",
        "persons.*.kind",
        "persons.*.items",
        "passed.*.because",
    ];
    let keys = foreign_keys("ndjson").iter().flat_map(|(row, keys)| keys.iter().map(move |key| (row, key)));
    let keys = keys.filter(|(row, key)| **row != "more" && !OWN.contains(key));
    let missed: Vec<String> =
        keys.map(|(row, key)| format!("{row} {key}")).filter(|key| !all.contains(key.as_str())).collect();
    ensure(missed.is_empty(), || format!("the order does not reach {}: this proves less", missed.join(", ")))
}
