//! What `diff` promises a job that runs each night: what is called new is new, and nothing is told twice.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::logs::{self, Hit, Writing};
use crate::program::{Run, keytrace, parsed};

const KEYS: &str = "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F";

/// Pictures through a proxy, as many visitors fetch them.
fn ordinary(from: u64, to: u64) -> Vec<String> {
    let line = |number: u64| {
        let picture = format!("/media/proxy?src=https%3A%2F%2Fcdn.shop.example%2Fp%2F{number}.jpg&w=640");
        let client = format!("203.0.113.{}", number % 90);
        logs::line(&Hit::new(number * 20, &client, &picture, 200, 20_000 + number * 97), Writing::Combined)
    };
    (from..to).map(line).collect()
}

fn theft(second: u64, client: &str) -> Vec<String> {
    let line = |after: u64, rest: &str, bytes: u64| {
        let target = format!("/media/proxy?src={KEYS}{rest}&w=640");
        logs::line(&Hit::new(second + after, client, &target, 200, bytes), Writing::Combined)
    };
    vec![line(0, "", 13), line(60, "shop-web-role", 1_338)]
}

fn scans(second: u64, client: &str) -> Vec<String> {
    let line = |(number, target): (usize, &&str)| {
        logs::line(&Hit::new(second + number as u64, client, target, 404, 153), Writing::Combined)
    };
    ["/.env", "/.git/config", "/.aws/credentials", "/backup.sql"].iter().enumerate().map(line).collect()
}

struct Night(tempfile::TempDir);

impl Night {
    fn new() -> Night {
        Night(tempfile::tempdir().expect("a folder"))
    }

    /// The saved report of a log with these lines, by the name of the log.
    fn report(&self, log: &str, parts: &[Vec<String>]) -> PathBuf {
        let path = self.0.path().join(log);
        fs::write(&path, parts.concat().join("\n") + "\n").expect("the log is written");
        let saved = self.0.path().join(format!("{log}.{}.ndjson", parts.len()));
        keytrace(["scan", path.to_str().unwrap(), "-q", "-o", saved.to_str().unwrap()]);
        saved
    }
}

fn diff(before: &Path, after: &Path, more: &[&str]) -> Run {
    let paths = ["diff", before.to_str().unwrap(), after.to_str().unwrap()];
    keytrace(paths.iter().chain(more))
}

/// How many are new, changed, gone and the same, by the row of the whole.
fn counts(before: &Path, after: &Path) -> ([u64; 4], Vec<Value>, u8) {
    let run = diff(before, after, &["--output-format", "ndjson"]);
    let rows = parsed(run.text());
    let counts = ["new", "changed", "gone", "same"].map(|key| rows[0][key].as_u64().expect("a count"));
    for (place, kind) in ["new", "changed", "gone"].iter().enumerate() {
        assert_eq!(rows.iter().filter(|row| row["type"] == **kind).count() as u64, counts[place]);
    }
    (counts, rows, run.code)
}

#[test]
fn a_report_has_nothing_new_since_itself() {
    let night = Night::new();
    let one = night.report("a.log", &[ordinary(0, 300), theft(7_000, "198.51.100.7"), scans(7_500, "198.51.100.9")]);
    let (counts, _, code) = counts(&one, &one);
    assert_eq!((counts[0], counts[1], counts[2], code), (0, 0, 0, 0), "{counts:?}");
    assert!(2 <= counts[3]);
    assert!(diff(&one, &one, &[]).text().starts_with("0 new, 0 changed, 0 gone, "));
}

#[test]
fn what_a_growing_log_brings_is_told_once() {
    let night = Night::new();
    let first = [ordinary(0, 300), scans(7_500, "198.51.100.9")];
    let second = [&first[..], &[ordinary(400, 500), theft(11_000, "198.51.100.7")]].concat();
    let third = [&second[..], &[ordinary(600, 700)]].concat();
    let [first, second, third] = [&first[..], &second, &third].map(|parts| night.report("a.log", parts));
    let (news, rows, code) = counts(&first, &second);
    assert_eq!((news[0], news[2], code), (1, 0, 1), "the theft is new: {news:?}");
    let new = rows.iter().find(|row| row["type"] == "new").expect("it is told");
    assert_eq!(new["incident"]["severity"], "critical");
    let (again, _, code) = counts(&second, &third);
    assert_eq!((again[0], again[1], again[2], code), (0, 0, 0, 0), "and the next night it is not: {again:?}");
    let text = diff(&first, &second, &["--width", "60"]);
    assert!(text.text().contains("new      CRITICAL") && text.text().lines().all(|line| line.chars().count() <= 60));
    assert_eq!(diff(&first, &second, &["--fail-on", "info"]).code, 1);
}

#[test]
fn a_log_that_was_cut_or_renamed_brings_nothing_new() {
    let night = Night::new();
    let whole = [ordinary(0, 300), scans(7_500, "198.51.100.9"), theft(9_000, "198.51.100.7")];
    let before = night.report("a.log", &whole);
    let after = night.report("renamed.log", &[ordinary(250, 300), whole[1][1..].to_vec(), whole[2].clone(), vec![]]);
    let (counts, _, code) = counts(&before, &after);
    assert_eq!((counts[0], counts[2], code), (0, 0, 0), "{counts:?}");
}

#[test]
fn a_further_success_of_a_known_actor_is_news_and_a_further_failure_is_not() {
    let night = Night::new();
    let known = [ordinary(0, 300), theft(7_000, "198.51.100.7"), scans(7_500, "198.51.100.9")];
    let before = night.report("a.log", &known);
    let stolen = night.report("b.log", &[&known[..], &[theft(9_000, "198.51.100.7")]].concat());
    let (counts_of_theft, rows, code) = counts(&before, &stolen);
    assert_eq!((counts_of_theft[0], code), (0, 1), "{counts_of_theft:?}");
    let changed = rows.iter().find(|row| row["type"] == "changed").expect("it changed");
    assert_eq!((&changed["new_successes"], &changed["incident"]["severity"]), (&2.into(), &"critical".into()));
    let failed = night.report("c.log", &[&known[..], &[scans(9_500, "198.51.100.9"), vec![]]].concat());
    let (counts_of_scans, _, code) = counts(&before, &failed);
    assert_eq!((counts_of_scans[0], counts_of_scans[1], code), (0, 1, 0), "{counts_of_scans:?}");
}

#[test]
fn the_log_of_another_day_is_known_by_who_acts_and_where() {
    let night = Night::new();
    let day = |from: u64, second: u64| [ordinary(from, from + 300), theft(second, "198.51.100.7")];
    let before = night.report("monday.log", &day(0, 7_000));
    let after = night.report("tuesday.log", &day(10_000, 207_000));
    let (counts, rows, code) = counts(&before, &after);
    assert_eq!((counts, code), ([0, 1, 0, 0], 1), "it goes on, and got more");
    assert_eq!(rows[1]["by"], "actor");
    let other = night.report("other.log", &[ordinary(10_000, 10_300), theft(207_000, "198.51.100.8")]);
    let (counts, _, code) = self::counts(&before, &other);
    assert_eq!((counts, code), ([1, 0, 1, 0], 1), "another client is another story");
}

#[test]
fn what_is_incomplete_or_no_report_is_told() {
    let night = Night::new();
    let one = night.report("a.log", &[ordinary(0, 300), scans(7_500, "198.51.100.9")]);
    let missing = night.0.path().join("missing.log");
    let partial = night.0.path().join("partial.ndjson");
    let log = night.0.path().join("a.log");
    keytrace(["scan", log.to_str().unwrap(), missing.to_str().unwrap(), "-q", "-o", partial.to_str().unwrap()]);
    let run = diff(&one, &partial, &[]);
    assert!(run.code == 3 && run.text().contains("later report is incomplete"), "{}", run.text());
    assert_eq!(diff(&partial, &one, &[]).code, 0, "that the earlier one was is told, and is no failure");
    let refused = diff(&one, &log, &[]);
    assert!(refused.code == 2 && refused.error.contains("a.log is no saved report"), "{}", refused.error);
}
