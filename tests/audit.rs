//! `keytrace audit`, as its user meets it: what it says of small logs that were written for it, that the answer does not
//! depend on threads, and that it is true of logs that were not.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{keytrace, of_type, parsed, root};

/// Runs an audit of a path, for programs.
fn audited(path: &Path, options: &[&str]) -> Vec<Value> {
    let path = path.to_str().expect("plain names");
    let run = keytrace([&["audit", path, "--output-format", "ndjson"][..], options].concat());
    assert_eq!(run.code, 0, "{}", run.error);
    parsed(run.text())
}

fn names<'a>(rows: &'a [Value], of: &str, key: &str) -> Vec<&'a str> {
    of_type(rows, of).iter().filter_map(|row| row[key].as_str()).collect()
}

fn line(hour: u64, minute: u64, target: &str) -> String {
    let (day, hour) = (1 + hour / 24, hour % 24);
    format!(
        "10.0.0.5 - - [{day:02}/May/2024:{hour:02}:{minute:02}:00 +0000] \"GET {target} HTTP/1.1\" 200 5 \"-\" \"x\"\n"
    )
}

/// Five days behind a load balancer, four hours of them missing, a clock that was set back, and secrets.
fn written() -> String {
    let mut text = String::new();
    for hour in (0..120).filter(|hour| !(70..74).contains(hour)) {
        for minute in 0..30 {
            text += &line(hour, minute * 2, &format!("/p/{}", hour * minute));
        }
    }
    text += &line(20, 0, "/login?user=taro&password=correct-horse");
    text += &line(119, 59, "/n?mail=taro%40shop.example");
    text.truncate(text.len() - 30);
    text
}

#[test]
fn what_is_wrong_with_a_log_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in
        [("access.log", written()), ("access.log.1", line(1, 0, "/1")), ("access.log.3", line(2, 0, "/3"))]
    {
        fs::write(folder.path().join(name), text).unwrap();
    }
    fs::write(folder.path().join("access.log.4"), line(3, 0, "/4")).unwrap();
    let rows = audited(folder.path(), &[]);
    let defects = names(&rows, "defect", "name");
    for name in ["gap", "missing-file", "clock", "open-end", "faults", "proxy"] {
        assert!(defects.contains(&name), "{name} in {defects:?}");
    }
    let gap = of_type(&rows, "defect").into_iter().find(|row| row["name"] == "gap").unwrap();
    let says = gap["says"].as_str().unwrap();
    assert!(says.contains("from 2024-05-03 22:00 to 2024-05-04 02:00 UTC (4 hours)"), "{says}");
    assert_eq!(names(&rows, "secret", "kind"), ["password"], "the line with the address of mail is cut");
    let blind = of_type(&rows, "blind")[0];
    assert!(blind["missing"].as_array().unwrap().contains(&"host".into()), "{blind}");
    assert!(names(&rows, "advice", "server").contains(&"nginx"));
    let run = keytrace(["audit", folder.path().to_str().unwrap()]);
    assert!(run.text().contains("/login ?password: 1 times") && !run.text().contains("horse"), "{}", run.text());
    assert!(run.text().lines().all(|line| line.chars().count() <= 100), "{}", run.text());
}

#[test]
fn a_sound_log_has_nothing_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let lines = (0..96).flat_map(|hour| (0..20).map(move |minute| (hour, minute * 3)));
    let text: String = lines
        .map(|(hour, minute)| {
            line(hour, minute, &format!("/p/{minute}")).replacen("10.0.0.5", &format!("203.0.113.{hour}"), 1)
        })
        .collect();
    fs::write(folder.path().join("access.log"), text).unwrap();
    let rows = audited(folder.path(), &[]);
    assert_eq!(names(&rows, "defect", "name"), [] as [&str; 0]);
    assert_eq!(names(&rows, "secret", "kind"), [] as [&str; 0]);
}

#[test]
fn threads_do_not_change_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let text: String = (0..12).map(|_| written() + "\n").collect();
    fs::write(folder.path().join("a.log"), &text).unwrap();
    fs::write(folder.path().join("b.log"), text.replace("/May/", "/Jun/")).unwrap();
    let one = audited(folder.path(), &["--threads", "1"]);
    for threads in ["2", "3", "8"] {
        assert_eq!(audited(folder.path(), &["--threads", threads]), one, "{threads} threads");
    }
}

#[test]
fn an_audit_that_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    fs::write(&path, line(1, 0, "/")).unwrap();
    let path = path.to_str().unwrap();
    let code = |arguments: &[&str]| keytrace([&["audit"][..], arguments].concat()).code;
    assert_eq!(code(&[path, "-o", path]), 2);
    assert_eq!(code(&[path, "-o", "audit.pdf"]), 2);
    assert_eq!(code(&[path, "--output-format", "pdf"]), 2);
    assert_eq!(code(&[path, "--fail-on", "high"]), 2, "nothing is judged");
    assert_eq!(code(&["/nowhere/at/all"]), 2);
    assert_eq!(code(&[]), 2);
    let out = folder.path().join("audit.ndjson");
    assert_eq!(code(&[path, "-o", out.to_str().unwrap()]), 0);
    assert_eq!(parsed(&fs::read_to_string(out).unwrap())[0]["type"], "audit");
}

#[test]
fn what_is_said_of_real_logs_was_checked_by_hand() {
    let folder = root().join("../shared/corpora");
    if !folder.is_dir() {
        return skip();
    }
    let want: HashMap<&str, (&[&str], &[&str])> = HashMap::from([
        ("real/blog-2015.log", (&["faults", "copies", "order"][..], &["session", "session"][..])),
        ("real/nasa-1995.log", (&[][..], &[][..])),
        ("real/shop-2019.log", (&[][..], &[][..])),
        ("real/twiki-2004.log", (&[][..], &["mail-address"][..])),
        ("labelled/shop/access.log.gz", (&["copies", "limit"][..], &[][..])),
        ("labelled/shop/s3.log.gz", (&[][..], &[][..])),
        ("labelled/shop/cloudtrail.json", (&[][..], &[][..])),
    ]);
    for (name, (defects, secrets)) in want {
        let rows = audited(&folder.join(name), &[]);
        assert_eq!(names(&rows, "defect", "name"), defects, "{name}");
        assert_eq!(names(&rows, "secret", "kind"), secrets, "{name}");
    }
}

/// Says that the corpora are not at hand.
fn skip() {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "skipped: there are no corpora beside the project");
}
