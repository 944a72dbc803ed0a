//! The program as its user meets it: what it writes where, and how it exits.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::logs::{self, Hit, Mix, WRITINGS, Writing};
use crate::program::{joined, keytrace, of_type, parsed, rows, skipped, spawned};

/// A log with a theft in it that nobody could overlook.
fn theft() -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut put = |hit: Hit| lines.push(logs::line(&hit, Writing::Combined));
    for number in 0..300 {
        let client = format!("203.0.113.{}", number % 90);
        let picture = format!("/media/proxy?src=https%3A%2F%2Fcdn.shop.example%2Fp%2F{number}.jpg&w=640");
        put(Hit::new(number * 20, &client, &picture, 200, 20_000 + number * 97));
    }
    let keys = "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F";
    put(Hit::new(7_000, "198.51.100.7", &format!("/media/proxy?src={keys}&w=640"), 200, 13));
    put(Hit::new(7_060, "198.51.100.7", &format!("/media/proxy?src={keys}shop-web-role&w=640"), 200, 1_338));
    lines.join("\n") + "\n"
}

/// A log with nothing but failed scans in it.
fn scans() -> String {
    let line = |number: u64, target: &str| {
        logs::line(&Hit::new(number, "198.51.100.9", target, 404, 153), Writing::Combined) + "\n"
    };
    line(1, "/.env") + &line(2, "/.git/config") + &line(3, "/.aws/credentials") + &line(4, "/about")
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).expect("the file is written");
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .expect("the folder is there")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
            .collect();
        names.sort();
        names
    }
}

fn arguments<'a>(words: &[&'a str], paths: &[&'a Path]) -> Vec<&'a OsStr> {
    words.iter().map(|word| OsStr::new(*word)).chain(paths.iter().map(|path| path.as_os_str())).collect()
}

#[test]
fn the_exit_code_says_how_it_went() {
    let folder = Folder::new();
    let (theft, scans) = (folder.file("theft.log", theft()), folder.file("scans.log", scans()));
    let missing = folder.path("missing.log");
    let code = |words: &[&str], paths: &[&Path]| keytrace(arguments(words, paths)).code;
    assert_eq!(code(&["scan"], &[&scans]), 0, "failed scans are below high");
    assert_eq!(code(&["scan", "--fail-on", "info"], &[&scans]), 1);
    assert_eq!(code(&["scan", "--fail-on", "medium"], &[&scans]), 0);
    assert_eq!(code(&["scan"], &[&theft]), 1);
    assert_eq!(code(&["scan", "--fail-on", "critical"], &[&theft]), 1);
    assert_eq!(code(&["scan"], &[]), 2, "no path");
    assert_eq!(code(&["scan"], &[&missing]), 2, "nothing could be read");
    assert_eq!(code(&["scan"], &[&missing, &theft]), 3, "something could not");
    assert_eq!(code(&["scan", "-o", "/dev/full", "--output-format", "text"], &[&scans]), 4, "a full disk");
    assert_eq!(code(&["scan", "-o", "/no/such/folder/x.txt"], &[&scans]), 4);
    let report = folder.path("r.txt");
    let words = ["scan", "-o", report.to_str().unwrap(), "-o", "/no/such/folder/x.txt"];
    assert_eq!(code(&words, &[&scans]), 4);
    assert!(!report.exists() && folder.names() == ["scans.log", "theft.log"], "no half of it is left behind");
    assert_eq!(code(&["--help"], &[]), 0);
    assert_eq!(code(&["--version"], &[]), 0);
}

#[test]
fn the_exit_codes_are_told_by_the_help() {
    let help = keytrace(["--help"]);
    for code in 0..=4 {
        assert!(help.text().contains(&format!("\n  {code}  ")), "{code}");
    }
    assert!(help.error.is_empty());
}

#[test]
fn a_process_exits_with_the_code_of_the_command() {
    let folder = Folder::new();
    let (theft, scans) = (folder.file("theft.log", theft()), folder.file("scans.log", scans()));
    for (path, code) in [(&theft, 1), (&scans, 0), (&folder.path("missing.log"), 2)] {
        assert_eq!(spawned(&["scan".as_ref(), path.as_os_str()], &[]).code, Some(code), "{}", path.display());
    }
}

#[test]
fn a_path_alone_is_scanned() {
    let folder = Folder::new();
    let theft = folder.file("theft.log", theft());
    let (alone, named) = (keytrace([&theft]), keytrace(arguments(&["scan"], &[&theft])));
    assert_eq!((alone.code, &alone.out), (named.code, &named.out));
    assert!(alone.text().contains("CRITICAL"), "{}", alone.text());
}

#[test]
fn the_demo_shows_a_theft_without_any_file() {
    let run = keytrace(["demo"]);
    assert_eq!(run.code, 1);
    assert!(run.text().contains("1. CRITICAL"), "{}", run.text());
    assert!(run.error.is_empty(), "{}", run.error);
}

#[test]
fn reports_go_where_they_are_sent_in_the_form_of_their_ending() {
    let folder = Folder::new();
    let theft = folder.file("theft.log", theft());
    let (text, data, more) = (folder.path("r.txt"), folder.path("r.ndjson"), folder.path("r.jsonl"));
    let mut all = arguments(&["scan"], &[&theft]);
    for output in [&text, &data, &more] {
        all.extend([OsStr::new("-o"), output.as_os_str()]);
    }
    let run = keytrace(all);
    assert!(run.out.is_empty(), "nothing was sent to standard output");
    assert!(run.error.contains("high or critical"), "what was found is said in short: {}", run.error);
    assert!(fs::read_to_string(&text).unwrap().starts_with("keytrace "));
    assert_eq!(parsed(&fs::read_to_string(&data).unwrap())[0]["type"], "scan");
    assert_eq!(fs::read(&data).unwrap(), fs::read(&more).unwrap());
    assert_eq!(folder.names(), ["r.jsonl", "r.ndjson", "r.txt", "theft.log"], "no half report is left behind");
}

#[test]
fn a_form_can_be_forced_and_standard_output_named() {
    let folder = Folder::new();
    let theft = folder.file("theft.log", theft());
    let odd = folder.path("report.odd");
    let run =
        keytrace(arguments(&["scan", "--output-format", "ndjson", "-o", "-", "-o", odd.to_str().unwrap()], &[&theft]));
    assert_eq!(parsed(run.text())[0]["type"], "scan");
    assert_eq!(fs::read(&odd).unwrap(), run.out);
    let plain = keytrace(arguments(&["scan", "-o", "-"], &[&theft]));
    assert_eq!(plain.out, keytrace(arguments(&["scan"], &[&theft])).out);
}

#[test]
fn a_report_is_replaced_whole_or_not_at_all() {
    let folder = Folder::new();
    let (theft, old) = (folder.file("theft.log", theft()), folder.file("r.txt", "an old report"));
    keytrace(arguments(&["scan", "-o", old.to_str().unwrap()], &[&folder.path("missing.log")]));
    assert_eq!(fs::read_to_string(&old).unwrap(), "an old report", "nothing was scanned");
    keytrace(arguments(&["scan", "-o", old.to_str().unwrap()], &[&theft]));
    assert!(fs::read_to_string(&old).unwrap().starts_with("keytrace "));
    assert_eq!(folder.names(), ["r.txt", "theft.log"]);
}

#[test]
fn what_makes_no_sense_is_refused_and_the_reason_said() {
    let folder = Folder::new();
    let theft = folder.file("theft.log", theft());
    let (log, other, first) = (theft.to_str().unwrap(), folder.path("r.pdf"), folder.path("r.txt"));
    let first = first.to_str().unwrap();
    for (words, because) in [
        (&["scan", log, "-o", other.to_str().unwrap()][..], "stands for no form"),
        (&["scan", log, "-o", log], "one of the inputs"),
        (&["scan", log, "-o", first, "-o", first], "named twice"),
        (&["scan", log, "-o", first, "-o", log], "one of the inputs"),
        (&["scan", log, "-o", first, "-o", other.to_str().unwrap()], "stands for no form"),
        (&["scan", log, "--output-format", "pdf"], "pdf"),
        (&["scan", log, "--fail-on", "dreadful"], "dreadful"),
        (&["scan", log, "--threads", "0"], "0"),
        (&["scan", log, "--no-such-option"], "--no-such-option"),
        (&["demo", log], "unexpected"),
        (&[], "Usage"),
    ] {
        let run = keytrace(words);
        assert_eq!(run.code, 2, "{words:?}");
        assert!(run.error.contains(because), "{words:?}: {}", run.error);
        assert!(run.out.is_empty(), "{words:?}");
    }
    assert_eq!(fs::read_to_string(&theft).unwrap(), self::theft(), "the input is as it was");
    assert_eq!(folder.names(), ["theft.log"], "no file is left behind");
}

#[test]
fn quiet_says_errors_alone() {
    let folder = Folder::new();
    let theft = folder.file("theft.log", theft());
    let report = folder.path("r.txt");
    let words = ["scan", "--quiet", "-o", report.to_str().unwrap()];
    assert_eq!(keytrace(arguments(&words, &[&theft])).error, "");
    let run = keytrace(arguments(&words, &[&theft, &folder.path("missing.log")]));
    assert!(run.error.contains("missing.log"), "{}", run.error);
}

#[test]
fn colour_is_for_terminals_or_on_demand() {
    let folder = Folder::new();
    let theft = folder.file("theft.log", theft());
    let has_escape = |words: &[&str]| keytrace(arguments(words, &[&theft])).out.contains(&0x1b);
    assert!(has_escape(&["scan", "--color", "always"]));
    assert!(!has_escape(&["scan", "--color", "never"]));
    assert!(!has_escape(&["scan"]), "standard output is no terminal here");
    let report = folder.path("r.txt");
    keytrace(arguments(&["scan", "--color", "always", "-o", report.to_str().unwrap()], &[&theft]));
    assert!(!fs::read(&report).unwrap().contains(&0x1b), "a file is no terminal");
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colour_unless_the_environment_asks_for_none() {
    // Only a terminal shows this, and `script` of util-linux makes one.
    let on_terminal = |no_color: &str| {
        let this = std::env::current_exe().expect("this test has a file");
        let run = format!("'{}' --exact program::as_program --nocapture --quiet", this.display());
        let mut script = Command::new("script");
        script
            .args(["-qec", &run, "/dev/null"])
            .env("NO_COLOR", no_color)
            .env("KEYTRACE_TEST_ARGUMENTS", "demo\n--quiet");
        script
            .stdin(Stdio::null())
            .output()
            .ok()
            .filter(|output| output.stdout.windows(8).any(|text| text == b"keytrace"))
    };
    let Some(plain) = on_terminal("1") else { return skipped("`script` makes no terminal here") };
    let coloured = on_terminal("").expect("it did a moment ago");
    assert!(coloured.stdout.contains(&0x1b), "an empty NO_COLOR asks for nothing");
    let sgr = |output: &[u8]| output.windows(2).filter(|pair| pair == b"\x1b[").count();
    assert!(10 < sgr(&coloured.stdout) && sgr(&plain.stdout) == 0, "{}", String::from_utf8_lossy(&plain.stdout));
}

#[test]
fn nothing_but_data_reaches_standard_output() {
    let folder = Folder::new();
    let theft = folder.file("theft.log", theft());
    let missing = folder.path("missing.log");
    let out = ["scan", "--output-format", "ndjson"];
    let done = spawned(&arguments(&out, &[&theft, &missing]), &[]);
    // The frame in which the process runs says that it runs a test.
    let text = String::from_utf8(done.out).unwrap();
    let data = text.trim_start_matches(['\n', ' ']).trim_start_matches("running 1 test\n");
    assert_eq!(data.as_bytes(), keytrace(arguments(&out, &[&theft, &missing])).out);
    assert!(done.error.contains("missing.log"));
}

/// The logs that the contract is tried on: every way of writing, attacks of every kind.
fn many_logs(folder: &Folder) -> Vec<PathBuf> {
    let mix = |(number, writing): (usize, &Writing)| {
        let mix = Mix { seed: 77 + number as u64, lines: 900, writing: *writing, is_mixed: number % 2 == 0 };
        folder.file(&format!("{number}.log"), logs::log(mix))
    };
    let mut paths: Vec<PathBuf> = WRITINGS.iter().enumerate().map(mix).collect();
    paths.push(folder.file("theft.log", theft()));
    paths
}

fn is_time(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok())
}

/// Checks that a row has these keys, each of one of these types: `s`tring, `n`umber, `f`raction, `t`ime, `a`rray,
/// `o`bject, `-` for null.
fn check(row: &Value, keys: &[(&str, &str)]) {
    for (key, kinds) in keys {
        let value = row.get(key).unwrap_or_else(|| panic!("{key} is missing: {row}"));
        let is = |kind: char| match kind {
            's' => value.is_string(),
            'n' => value.is_u64(),
            'f' => value.is_f64(),
            't' => is_time(value),
            'a' => value.is_array(),
            'o' => value.is_object(),
            '-' => value.is_null(),
            _ => unreachable!("{kind}"),
        };
        assert!(kinds.chars().any(is), "{key} is no {kinds}: {row}");
    }
}

fn each<'a>(row: &'a Value, key: &str) -> &'a Vec<Value> {
    row[key].as_array().unwrap_or_else(|| panic!("{key} is a list: {row}"))
}

fn sum(rows: &[Value], key: &str) -> u64 {
    rows.iter().map(|row| row[key].as_u64().expect("a number")).sum()
}

const LOUD: [&str; 2] = ["high", "critical"];

#[test]
fn every_row_keeps_the_contract() {
    let folder = Folder::new();
    let paths = many_logs(&folder);
    let (rows, code) = rows(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    assert_eq!(code, 1);
    let (all, rows) = (rows.len(), joined(rows));
    scan_row(&rows);
    let incidents = of_type(&rows, "incident");
    assert!(3 <= incidents.len());
    for (number, incident) in incidents.iter().enumerate() {
        assert_eq!(incident["rank"].as_u64(), Some(number as u64 + 1));
        incident_row(incident, &rows);
    }
    let findings = of_type(&rows, "finding");
    assert!(findings.iter().any(|finding| finding["outcome"] == "success"));
    assert!(findings.iter().any(|finding| finding["outcome"] == "failure"));
    findings.iter().for_each(|finding| finding_row(finding, &incidents));
    let end = rows.last().expect("a last row");
    assert_eq!((&end["type"], end["rows"].as_u64()), (&"end".into(), Some(all as u64 - 1)));
    let impacts = of_type(&rows, "impact");
    assert!(impacts.iter().all(|impact| incidents.iter().any(|incident| incident["id"] == impact["incident"])));
    assert_eq!(rows.len(), 1 + incidents.len() + impacts.len() + findings.len() + 1, "there are no other rows");
}

fn scan_row(rows: &[Value]) {
    let scan = &rows[0];
    assert_eq!(scan["type"], "scan");
    check(scan, &[("version", "s"), ("inputs", "a"), ("totals", "o"), ("limits_reached", "a"), ("not_run", "a")]);
    let counts = ["bytes", "lines", "records", "faults", "blank"];
    for input in each(scan, "inputs") {
        check(input, &[("path", "s"), ("format", "s"), ("first", "t"), ("last", "t")]);
        check(input, &counts.map(|key| (key, "n")));
        let parts: u64 =
            ["records", "faults", "blank", "directives"].iter().map(|key| input[*key].as_u64().unwrap()).sum();
        assert_eq!(Some(parts), input["lines"].as_u64(), "every line is accounted for");
        assert_eq!(fs::metadata(input["path"].as_str().unwrap()).unwrap().len(), input["bytes"].as_u64().unwrap());
    }
    for key in counts {
        assert_eq!(scan["totals"][key].as_u64(), Some(sum(each(scan, "inputs"), key)), "{key}");
    }
    let of = |name: &str| of_type(rows, name).len() as u64;
    assert_eq!(scan["totals"]["incidents"].as_u64(), Some(of("incident")));
    assert_eq!(scan["totals"]["findings"].as_u64(), Some(of("finding")));
    each(scan, "not_run").iter().for_each(|row| check(row, &[("signal", "s"), ("because", "s")]));
    let traffic = &scan["traffic"];
    check(traffic, &[("width", "n"), ("stretches", "a"), ("requests", "a"), ("failures", "a")]);
    assert!(each(traffic, "stretches").is_sorted_by_key(Value::as_i64));
    let sum = |key: &str| each(traffic, key).iter().map(|count| count.as_u64().expect("a count")).sum::<u64>();
    assert_eq!(Some(sum("requests")), scan["totals"]["records"].as_u64(), "every record of these logs bears a time");
    assert!(0 < sum("failures") && sum("failures") < sum("requests"));
}

fn incident_row(incident: &Value, rows: &[Value]) {
    check(incident, &[("id", "s"), ("severity", "s"), ("confidence", "s"), ("title", "s"), ("summary", "s")]);
    check(incident, &[("stages", "o"), ("first_seen", "t"), ("last_seen", "t"), ("actors", "a"), ("techniques", "a")]);
    check(&incident["stages"], &[("probe", "n"), ("extract", "n"), ("use", "n"), ("harvest", "n")]);
    for actor in each(incident, "actors") {
        check(actor, &[("client", "s-"), ("agent", "s-"), ("findings", "n")]);
    }
    assert_eq!(sum(each(incident, "actors"), "findings"), incident["findings"].as_u64().unwrap());
    for reason in each(incident, "why") {
        check(reason, &[("signal", "s"), ("seen", "s"), ("expected", "s")]);
        assert!(reason["bits"].is_i64() || reason["bits"].is_u64());
    }
    for route in each(incident, "routes") {
        check(route, &[("route", "s"), ("floors", "a"), ("answers", "a")]);
        assert_eq!(each(route, "floors").len(), each(route, "answers").len());
        let is_on_it = |row: &&Value| row["incident"] == incident["id"] && row["route"] == route["route"];
        assert!(of_type(rows, "finding").iter().any(is_on_it), "a route that an incident is on: {route}");
    }
    assert!(!each(incident, "why").is_empty() && !each(incident, "techniques").is_empty());
    let findings = rows.iter().filter(|row| row["type"] == "finding" && row["incident"] == incident["id"]).count();
    assert_eq!(incident["findings"].as_u64(), Some(findings as u64));
    let stages: u64 = incident["stages"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(stages, findings as u64, "every finding is in one stage");
    if incident["successes"] == 0 {
        assert!(!LOUD.contains(&incident["severity"].as_str().unwrap()), "what failed wakes nobody: {incident}");
    }
}

fn finding_row(finding: &Value, incidents: &[&Value]) {
    check(finding, &[("id", "s"), ("incident", "s"), ("stage", "s"), ("outcome", "s"), ("severity", "s")]);
    assert!(incidents.iter().any(|incident| incident["id"] == finding["incident"]));
    assert!(["probe", "extract", "use", "harvest"].contains(&finding["stage"].as_str().unwrap()));
    let outcome = finding["outcome"].as_str().unwrap();
    assert!(["success", "failure", "unknown"].contains(&outcome));
    assert!(outcome == "success" || !LOUD.contains(&finding["severity"].as_str().unwrap()), "{finding}");
    for signal in each(finding, "signals") {
        check(signal, &[("name", "s"), ("role", "s"), ("evidence", "s")]);
        assert!(["objective", "dress", "surprise", "outcome"].contains(&signal["role"].as_str().unwrap()));
    }
    assert!(each(finding, "signals").iter().any(|signal| signal["role"] == "objective"));
    check(&finding["source"], &[("path", "s"), ("line", "n"), ("offset", "n"), ("length", "n")]);
    check(&finding["request"], &[("time", "t-"), ("client", "s-"), ("user", "s-"), ("method", "s-"), ("target", "s-")]);
    check(&finding["request"], &[("status", "n-"), ("bytes", "n-"), ("duration", "f-"), ("referer", "s-")]);
    check(&finding["request"], &[("agent", "s-"), ("host", "s-")]);
    check(finding, &[("route", "s")]);
    stands_at_its_place(finding);
}

/// Checks that the source of a finding is the byte range of its line.
fn stands_at_its_place(finding: &Value) {
    let source = &finding["source"];
    let number = |key: &str| source[key].as_u64().unwrap() as usize;
    let text = fs::read(source["path"].as_str().unwrap()).unwrap();
    let (start, end) = (number("offset"), number("offset") + number("length"));
    let line = &text[start..end];
    assert!(!line.contains(&b'\n'), "{finding}");
    assert!(start == 0 || text[start - 1] == b'\n', "a line begins there");
    let behind = &text[end..];
    assert!(behind.is_empty() || behind.starts_with(b"\n") || behind.starts_with(b"\r\n"), "a line ends there");
    assert_eq!(text[..start].iter().filter(|byte| **byte == b'\n').count() + 1, number("line"));
    let client = finding["request"]["client"].as_str().unwrap();
    assert!(line.windows(client.len()).any(|part| part == client.as_bytes()), "the line is of that client");
}

#[test]
fn two_runs_give_the_same_bytes() {
    let folder = Folder::new();
    let paths = many_logs(&folder);
    let run = |threads: &str| {
        let mut all = arguments(&["scan", "--output-format", "ndjson", "--threads", threads], &[]);
        all.extend(paths.iter().map(|path| path.as_os_str()));
        keytrace(all).out
    };
    assert_eq!(run("1"), run("8"));
}

#[test]
fn completions_and_manuals_know_every_command_and_option() {
    let folder = Folder::new();
    let pages = folder.path("man");
    assert_eq!(keytrace(["man", "--out", pages.to_str().unwrap()]).code, 0);
    let help = keytrace(["--help"]);
    let commands: Vec<&str> = help
        .text()
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap()
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(commands.contains(&"scan") && commands.contains(&"show"), "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = keytrace(["completions", shell]);
        assert_eq!((run.code, run.error.as_str()), (0, ""), "{shell}");
        // Two of the shells are told no values.
        let value = if ["powershell", "elvish"].contains(&shell) { "fail-on" } else { "timesketch-csv" };
        for word in commands.iter().chain(&["output-format", value]) {
            assert!(run.text().contains(word), "{word} in the completions of {shell}");
        }
    }
    for command in commands {
        let page = fs::read_to_string(pages.join(format!("keytrace-{command}.1"))).expect("a page");
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{command}");
    }
    let page = keytrace(["man"]);
    assert!(page.code == 0 && page.text().contains(".TH keytrace 1") && page.text().contains("Exit codes"));
    assert_eq!(keytrace(["completions", "tcsh"]).code, 2);
}

#[test]
fn a_saved_report_is_shown_again_in_any_form_byte_for_byte() {
    let folder = Folder::new();
    let theft = folder.file("theft.log", theft());
    let saved = folder.path("findings.ndjson");
    let scanned = keytrace(arguments(&["scan", "-o", saved.to_str().unwrap()], &[&theft]));
    for form in report::RENDERERS {
        let words = ["--output-format", form.name()];
        let direct = keytrace(arguments(&["scan", words[0], words[1]], &[&theft]));
        let shown = keytrace(arguments(&["show", words[0], words[1]], &[&saved]));
        assert_eq!(shown.code, scanned.code, "{}", form.name());
        assert!(shown.out == direct.out && !shown.out.is_empty(), "{}", form.name());
    }
    let refused = keytrace(arguments(&["show"], &[&theft]));
    assert!(refused.code == 2 && refused.error.contains("theft.log is no saved report"), "{}", refused.error);
    assert_eq!(keytrace(arguments(&["show"], &[&folder.path("missing")])).code, 2);
    let itself = keytrace(arguments(&["show", "-o", saved.to_str().unwrap()], &[&saved]));
    assert!(itself.code == 2 && itself.error.contains("one of the inputs"));
}

#[test]
fn a_loss_stays_one_when_the_report_is_shown_again() {
    let folder = Folder::new();
    let (scans, saved) = (folder.file("scans.log", scans()), folder.path("findings.ndjson"));
    let missing = folder.path("missing.log");
    assert_eq!(keytrace(arguments(&["scan", "-o", saved.to_str().unwrap()], &[&scans, &missing])).code, 3);
    assert_eq!(keytrace(arguments(&["show"], &[&saved])).code, 3);
}

#[test]
fn the_report_for_people_is_as_wide_as_it_is_asked_to_be() {
    let folder = Folder::new();
    let theft = folder.file("theft.log", theft());
    for width in ["60", "80", "100", "200"] {
        let run = keytrace(arguments(&["scan", "--width", width], &[&theft]));
        let widest = run.text().lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width.parse().unwrap() && 50 < widest, "{widest} of {width}:\n{}", run.text());
    }
    assert_eq!(keytrace(arguments(&["scan", "--width", "59"], &[&theft])).code, 2);
    let run = keytrace(arguments(&["scan", "--summary"], &[&theft]));
    assert_eq!(run.text().lines().count(), 1, "{}", run.text());
    assert!(
        run.text().starts_with("critical confirmed KT-") && run.text().contains("198.51.100.7: "),
        "{}",
        run.text()
    );
    let refused = keytrace(arguments(&["scan", "--summary", "--output-format", "csv"], &[&theft]));
    assert!(refused.code == 2 && refused.error.contains("--summary"), "{}", refused.error);
}
