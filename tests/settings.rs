//! What `keytrace.toml` says: what is allowed is counted and not told, and persons are counted by what they lost.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::logs::{self, Hit, Writing};
use crate::program::{keytrace, of_type, parsed, spawned_in};

const SCANNER: &str = "198.51.100.9";

struct Case {
    folder: tempfile::TempDir,
    log: PathBuf,
}

impl Case {
    fn new(lines: &[String], settings: &str) -> Case {
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("access.log");
        fs::write(&log, lines.join("\n") + "\n").expect("the log is written");
        fs::write(folder.path().join("own.toml"), settings).expect("the settings are written");
        Case { folder, log }
    }

    fn config(&self) -> String {
        self.folder.path().join("own.toml").display().to_string()
    }

    fn run(&self, words: &[&str]) -> (String, String, u8) {
        let log = self.log.display().to_string();
        let run = keytrace([&["scan", log.as_str()][..], words].concat());
        (run.text().to_owned(), run.error, run.code)
    }

    fn rows(&self, has_settings: bool) -> Vec<Value> {
        let config = self.config();
        let own = if has_settings { ["--config", config.as_str()] } else { ["--no-config", "--quiet"] };
        let words = [&own[..], &["--output-format", "ndjson", "--no-digest"]].concat();
        parsed(&self.run(&words).0)
    }
}

fn line(hit: &Hit) -> String {
    logs::line(hit, Writing::Combined)
}

/// A service whose scanner under contract fails with all but one probe, and whom somebody else scans too.
fn scanned() -> Vec<String> {
    let ordinary = (0..400).map(|number| {
        let client = format!("203.0.113.{}", number % 90);
        line(&Hit::new(number, &client, &format!("/pages/{}", number % 40), 200, 9_000 + number % 700))
    });
    let probes = ["/.env", "/.git/config", "/.aws/credentials", "/.ssh/id_rsa", "/backup/.env"];
    let of = |client: &'static str, from: u64| {
        let probe =
            move |(number, target): (usize, &&str)| line(&Hit::new(from + number as u64, client, target, 404, 153));
        probes.iter().enumerate().map(probe).collect::<Vec<_>>()
    };
    let success = line(&Hit::new(900, SCANNER, "/config/.env", 200, 812));
    ordinary.chain(of(SCANNER, 500)).chain(of("192.0.2.77", 600)).chain([success]).collect()
}

fn allow(more: &str) -> String {
    format!("[[allow]]\nreason = \"the yearly pentest\"\nclient = [\"198.51.100.0/24\"]\n{more}")
}

fn clients(rows: &[Value]) -> Vec<(String, String)> {
    let of = |row: &&Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&row["request"]["client"]), text(&row["outcome"]))
    };
    of_type(rows, "finding").iter().map(of).collect()
}

#[test]
fn a_budget_that_makes_no_sense_is_refused() {
    for (settings, words) in [
        ("budget = -1\n", vec![]),
        ("budget = 1000001\n", vec![]),
        ("budget = \"many\"\n", vec![]),
        ("", vec!["--budget", "-1"]),
        ("", vec!["--budget", "1000001"]),
        ("", vec!["--budget", "few"]),
    ] {
        let case = Case::new(&scanned(), settings);
        let config = case.config();
        let (_, error, code) = case.run(&[&["--config", config.as_str()][..], &words].concat());
        assert_eq!(code, 2, "{settings}{words:?}: {error}");
        assert!(!error.is_empty());
    }
    for (settings, words) in [("budget = 0\n", vec![]), ("budget = 7\n", vec!["--budget", "1000000"])] {
        let case = Case::new(&scanned(), settings);
        let config = case.config();
        let (_, error, code) = case.run(&[&["--config", config.as_str()][..], &words].concat());
        assert_ne!(code, 2, "{settings}{words:?}: {error}");
    }
}

#[test]
fn what_is_allowed_is_counted_and_what_succeeded_is_told() {
    let case = Case::new(&scanned(), &allow(""));
    let (without, with) = (case.rows(false), case.rows(true));
    let failed = |rows: &[Value], client: &str| {
        clients(rows).iter().filter(|(of, outcome)| of == client && outcome == "failure").count()
    };
    assert_eq!((failed(&without, SCANNER), failed(&without, "192.0.2.77")), (5, 5));
    assert_eq!((failed(&with, SCANNER), failed(&with, "192.0.2.77")), (0, 5), "others are judged as before");
    assert!(clients(&with).contains(&(SCANNER.to_owned(), "success".to_owned())));
    let row = &with[0]["suppressed"][0];
    assert_eq!(row["reason"], "the yearly pentest");
    let count = |name: &str| row[name].as_u64().unwrap();
    assert_eq!(["findings", "successes", "unknown", "kept_successes"].map(count), [5, 0, 0, 1]);
    let total = |rows: &[Value]| rows[0]["totals"]["findings"].as_u64().unwrap();
    assert_eq!(total(&without) - total(&with), 5);
    for incident in of_type(&with, "incident") {
        let own = of_type(&with, "finding").iter().filter(|one| one["incident"] == incident["id"]).count();
        assert_eq!(incident["findings"], own, "counts are those of what is left");
    }
    let loud = |rows: &[Value]| {
        let loud = of_type(rows, "incident").into_iter().filter(|one| one["severity"] == "high");
        loud.map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(loud(&with), loud(&without), "an incident keeps its name");
    assert!(!loud(&with).is_empty());
}

#[test]
fn what_is_meant_to_succeed_is_taken_out_and_counted() {
    let case = Case::new(&scanned(), &allow("even_if_successful = true\n"));
    let rows = case.rows(true);
    assert!(clients(&rows).iter().all(|(client, _)| client != SCANNER));
    let row = &rows[0]["suppressed"][0];
    assert_eq!((row["findings"].as_u64(), row["successes"].as_u64()), (Some(6), Some(1)));
    assert_eq!(row["kept_successes"], 0);
}

#[test]
fn people_are_told_what_was_suppressed_what_was_not_and_what_matched_nothing() {
    let case = Case::new(&scanned(), &(allow("") + "[[allow]]\nreason = \"old monitor\"\nagent = \"monitor/1\"\n"));
    let (text, error, _) = case.run(&["--config", &case.config()]);
    for expected in [
        "Suppressed by keytrace.toml: the yearly pentest: 5 findings",
        "1 finding NOT suppressed, as it succeeded",
        "Suppressed by keytrace.toml: old monitor: matched nothing",
    ] {
        let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains(expected), "{expected} in\n{text}");
    }
    assert!(error.contains("own.toml are used: 2 [[allow]]"), "{error}");
    let (_, error, _) = case.run(&["--config", &case.config(), "--quiet"]);
    assert!(error.is_empty(), "{error}");
    for form in ["markdown", "html"] {
        let (text, ..) = case.run(&["--config", &case.config(), "--output-format", form]);
        assert!(text.contains("matched nothing"), "{form}");
    }
}

#[test]
fn the_settings_are_part_of_what_the_answer_is_a_function_of() {
    let case = Case::new(&scanned(), &allow(""));
    let (without, with) = (case.rows(false), case.rows(true));
    assert_ne!(without[0]["settings_sha256"], with[0]["settings_sha256"]);
    let names: Vec<&str> =
        with[0]["settings"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["config", "config-sha256"]);
}

#[test]
fn settings_that_make_no_sense_are_refused_with_their_line() {
    let case = Case::new(&scanned(), "[[allow]]\nreason = \"x\"\nclinet = [\"192.0.2.1\"]\n");
    let (out, error, code) = case.run(&["--config", &case.config()]);
    assert_eq!((out.as_str(), code), ("", 2));
    assert!(error.contains("own.toml:3: unknown field `clinet`, expected one of"), "{error}");
    let missing = case.folder.path().join("none.toml").display().to_string();
    let (_, error, code) = case.run(&["--config", &missing]);
    assert!(code == 2 && error.contains("none.toml"), "{error}");
    assert_eq!(case.run(&["--config", &missing, "--no-config"]).2, 2, "one of the two");
}

#[test]
fn proxies_of_the_settings_are_trusted() {
    let forwarded = |number: u64| {
        format!(
            "10.0.0.1 - - [01/May/2024:00:{:02}:00 +0000] \"GET /.env HTTP/1.1\" 404 153 \"-\" \"x\" \"192.0.2.{number}\"",
            number % 60
        )
    };
    let lines: Vec<String> = (1..20).map(forwarded).collect();
    let case = Case::new(&lines, "[proxies]\ntrusted = [\"10.0.0.0/8\"]\n");
    let seen = |has_settings: bool| {
        let mut seen: Vec<String> = clients(&case.rows(has_settings)).into_iter().map(|(client, _)| client).collect();
        seen.sort();
        seen.dedup();
        seen.len()
    };
    assert_eq!((seen(false), seen(true)), (1, 19));
}

/// A service whose users each look at their own orders, and somebody who walks over 120 of them.
fn harvested(unclear: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut at = 0;
    let mut put = |client: &str, target: &str, status: u16, bytes: u64| {
        at += 20;
        lines.push(line(&Hit::new(at, client, target, status, bytes)));
    };
    logs::with_orders(&mut put);
    for number in 0..120_u64 {
        let status = match number {
            _ if number % 6 == 0 => 404,
            _ if number % 6 == 1 && unclear => 304,
            _ => 200,
        };
        put("198.51.100.7", &format!("/api/orders/{}", 120_000 + number), status, 1_900);
        // Each fourth is asked for again: one person still.
        if number % 4 == 0 {
            put("198.51.100.7", &format!("/api/orders/{}?again=1", 120_000 + number), status, 1_900);
        }
    }
    lines
}

const DATA: &str =
    "[[data]]\npath = \"/api/orders/{subject}\"\nkind = \"order\"\nitems = [\"name\", \"address\", \"e-mail\"]\n";

#[test]
fn persons_are_counted_by_what_they_lost() {
    for unclear in [false, true] {
        let case = Case::new(&harvested(unclear), DATA);
        let rows = case.rows(true);
        let incidents = of_type(&rows, "incident");
        let harvest = incidents.iter().find(|one| one["stages"]["harvest"] != 0).expect("it is found");
        let persons = harvest["persons"].as_array().unwrap();
        assert_eq!(persons.len(), 1, "{persons:?}");
        assert_eq!((&persons[0]["kind"], persons[0]["items"].as_array().unwrap().len()), (&Value::from("order"), 3));
        let bounds = (persons[0]["certain"].as_u64().unwrap(), persons[0]["at_most"].as_u64().unwrap());
        assert_eq!(bounds, if unclear { (80, 100) } else { (100, 100) });
        let (text, ..) = case.run(&["--config", &case.config()]);
        let expected =
            if unclear { "80 to 100 orders: name + address + e-mail" } else { "100 orders: name + address + e-mail" };
        assert!(text.contains(expected), "{text}");
        assert!(case.rows(false).iter().all(|row| row["persons"].as_array().is_none_or(Vec::is_empty)));
    }
}

#[test]
fn a_draft_tells_persons_by_both_bounds() {
    let case = Case::new(&harvested(true), DATA);
    let report = case.folder.path().join("findings.ndjson").display().to_string();
    case.run(&["--config", &case.config(), "-q", "-o", &report]);
    let harvest = parsed(&fs::read_to_string(&report).unwrap());
    let id = of_type(&harvest, "incident").iter().find(|one| one["stages"]["harvest"] != 0).unwrap()["id"].clone();
    for (language, row, sum) in [
        ("en", "| `order` | `name` + `address` + `e-mail` | 80 | 100 |", "- Together at least 80 by `order`."),
        ("ja", "| `order` | `name` + `address` + `e-mail` | 80 | 100 |", "（識別子の種類 `order`）：少なくとも80人"),
    ] {
        let run = keytrace(["draft", &report, "--lang", language, "--incident", id.as_str().unwrap()]);
        assert!(run.text().contains(row) && run.text().contains(sum), "{}", run.text());
    }
}

#[test]
fn persons_are_the_same_on_any_threads() {
    let case = Case::new(&harvested(true), DATA);
    let on = |threads: &str| {
        let words = ["--config", &case.config(), "--output-format", "ndjson", "--threads", threads, "--no-digest"];
        case.run(&words).0
    };
    let one = on("1");
    assert!(one.contains("\"at_most\":100") && on("2") == one && on("5") == one);
}

#[test]
fn a_file_in_the_working_folder_is_used_and_said() {
    let case = Case::new(&scanned(), "");
    assert!(case.run(&["--config", &case.config()]).1.contains("nothing is set in it"));
    fs::write(case.folder.path().join("keytrace.toml"), allow("")).unwrap();
    let said = |more: &str| {
        let words = ["scan", "access.log", more];
        let words = words.map(OsStr::new);
        let words = &words[..if more.is_empty() { 2 } else { 3 }];
        let done = spawned_in(case.folder.path(), words);
        (done.code, String::from_utf8_lossy(&done.out).contains("the yearly pentest"), done.error)
    };
    let (code, is_told, error) = said("");
    assert!(code == Some(1) && is_told, "{error}");
    assert!(error.contains("the settings in keytrace.toml are used: 1 [[allow]]"), "{error}");
    let (code, is_told, error) = said("--no-config");
    assert!(code == Some(1) && !is_told && !error.contains("keytrace.toml"), "{error}");
}
