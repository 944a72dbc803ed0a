//! The table of faults: what may go wrong with input, output, text and load, and what is promised then.
//!
//! Each row is tried as a user would meet it, through the command. A row that is not kept is listed with its reason, and
//! the test fails both when a row breaks that was kept, and when one is kept that is listed: so the list is true.

mod followed;
mod hashes;
mod lines;
mod load;
mod packed;
mod resumed;
mod rows;
mod shells;
mod system;
mod text;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::logs::{self, Hit, Writing};
use crate::program;

/// What a row comes to: nothing where its promise is kept, and else why not.
type Outcome = Result<(), String>;

/// A row of the table.
struct Row {
    id: &'static str,
    /// What goes wrong.
    fault: &'static str,
    check: fn() -> Outcome,
}

const fn row(id: &'static str, fault: &'static str, check: fn() -> Outcome) -> Row {
    Row { id, fault, check }
}

/// The rows whose promise is not kept, and why.
const NOT_KEPT: &[(&str, &str)] = &[];

#[test]
fn the_table_of_faults() {
    // `KEYTRACE_ROWS=F21,F22` tries these alone.
    let wanted = std::env::var("KEYTRACE_ROWS").ok();
    let is_wanted = |row: &&Row| wanted.as_ref().is_none_or(|wanted| wanted.split(',').any(|id| id == row.id));
    let rows: Vec<&Row> = all().filter(is_wanted).collect();
    let tried = rows.len();
    // They wait for files and processes more than they work.
    let told: Vec<String> = program::two_at_a_time(&rows, |row| told_of(row)).into_iter().flatten().collect();
    let all = all().count() + NOT_KEPT.iter().filter(|(id, _)| !has(id)).count();
    assert!(0 < tried, "no row is called {wanted:?}");
    writeln!(std::io::stderr(), "fault table: {} of {all} rows are kept", all - NOT_KEPT.len())
        .expect("it can be written");
    assert!(told.is_empty(), "{}", told.join("\n"));
    assert_eq!(all, 60, "the rows and those that cannot be tried are sixty");
}

/// What is to be told of a row.
fn told_of(Row { id, fault, check }: &Row) -> Option<String> {
    let reason = NOT_KEPT.iter().find(|(listed, _)| listed == id);
    match (check(), reason) {
        (Ok(()), Some(_)) => Some(format!("{id} is kept, and listed as not kept ({fault})")),
        (Err(because), None) => Some(format!("{id} {fault}: {because}")),
        _ => None,
    }
}

fn has(id: &str) -> bool {
    all().any(|row| row.id == id)
}

fn all() -> impl Iterator<Item = &'static Row> {
    [
        packed::ROWS,
        lines::ROWS,
        text::ROWS,
        rows::ROWS,
        shells::ROWS,
        system::ROWS,
        resumed::ROWS,
        followed::ROWS,
        load::ROWS,
        hashes::ROWS,
    ]
    .into_iter()
    .flatten()
}

/// Says why a promise is not kept, unless it is.
fn ensure(is_kept: bool, because: impl FnOnce() -> String) -> Outcome {
    if is_kept { Ok(()) } else { Err(because()) }
}

/// A folder of files, gone when it is dropped.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("the file is written");
        path
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }
}

/// A log of so many lines, every fourth of which reaches for something.
fn log(lines: u64) -> String {
    let line = |number: u64| {
        let target = match number % 4 {
            0 => logs::REACHES[number as usize / 4 % logs::REACHES.len()].to_owned(),
            _ => format!("/products/{number}"),
        };
        let client = format!("198.51.100.{}", number % 200);
        logs::line(
            &Hit::new(number * 7, &client, &target, if number.is_multiple_of(4) { 404 } else { 200 }, 1_532),
            Writing::Combined,
        ) + "\n"
    };
    (0..lines).map(line).collect()
}

/// The rows of a report on these paths, and the exit code; no rows where nothing could be read.
fn scanned(paths: &[&Path]) -> (Vec<Value>, u8) {
    let (rows, code) = program::rows(paths);
    let rows = if rows.is_empty() { vec![Value::Null] } else { rows };
    (rows, code)
}

/// The sum of a count over all inputs.
fn total(rows: &[Value], key: &str) -> u64 {
    rows[0]["totals"][key].as_u64().unwrap_or(0)
}

/// What the findings say of the requests, sorted; places left out.
fn requests(rows: &[Value]) -> Vec<String> {
    let mut requests: Vec<String> = program::of_type(rows, "finding")
        .iter()
        .map(|finding| format!("{} {} {}", finding["request"], finding["outcome"], finding["severity"]))
        .collect();
    requests.sort();
    requests
}
