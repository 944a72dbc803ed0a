//! Logs as they come out of the hands of others: a collector, an engine of containers, a store of logs or a search stands
//! around each line. What is read of a line must be the same as if it stood alone, and `identify` must say what was taken
//! off.

use std::fs;

use serde_json::{Value, json};

use crate::program::{keytrace, parsed, root};

/// The lines of the story that every format tells.
fn story() -> Vec<String> {
    let text = fs::read_to_string(root().join("tests/formats/combined.story.log")).expect("the story is there");
    text.lines().map(str::to_owned).collect()
}

/// A text of these lines, each put into its surroundings.
fn text(lines: &[String], put: &dyn Fn(&str) -> String) -> String {
    lines.iter().map(|line| put(line) + "\n").collect()
}

/// The records of a text, without the place that each stands at.
fn records(text: &str) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    fs::write(&path, text).unwrap();
    let run = keytrace(["parse".as_ref(), path.as_os_str()]);
    let without_place = |mut row: Value| {
        let fields = row.as_object_mut().expect("a record is an object");
        fields.retain(|name, _| !["line", "record", "source"].contains(&&**name));
        row
    };
    parsed(run.text()).into_iter().map(without_place).collect()
}

fn object(row: &Value) -> String {
    row.to_string()
}

/// What somebody puts around a line, by name.
type Surrounding<'a> = (&'a str, &'a dyn Fn(&str) -> String);

#[test]
fn what_stands_around_a_line_changes_nothing_of_it() {
    let lines = story();
    let bare = records(&text(&lines, &|line| line.to_owned()));
    assert_eq!(bare.len(), lines.len());
    let surroundings: [Surrounding<'_>; 14] = [
        ("rsyslog", &|line| format!("May  1 00:02:15 web nginx[7]: {line}")),
        ("RFC 5424", &|line| format!("<134>1 2024-05-01T00:02:15.5Z web nginx 7 - [a@1 b=\"c\"] {line}")),
        ("journald", &|line| format!("Wed 2024-05-01 00:02:15 JST web nginx[7]: {line}")),
        ("export", &|line| format!("_PID=7\n_HOSTNAME=web\nMESSAGE={line}\nPRIORITY=6\n")),
        ("CRI", &|line| format!("2024-05-01T00:02:15.669794202Z stdout F {line}")),
        ("docker logs -t", &|line| format!("2024-05-01T00:02:15.669794202Z {line}")),
        ("docker compose", &|line| format!("web-1  | {line}")),
        ("kubectl", &|line| format!("[pod/web-5d8f/nginx] {line}")),
        ("grep", &|line| format!("www/access.log:17:{line}")),
        ("json-file", &|line| {
            object(&json!({"log": format!("{line}\n"), "stream": "stdout", "time": "2024-05-01T00:02:15Z"}))
        }),
        ("journalctl -o json", &|line| {
            object(&json!({"MESSAGE": line.as_bytes(), "__REALTIME_TIMESTAMP": "1714521735669794"}))
        }),
        ("Elasticsearch", &|line| object(&json!({"_source": {"@timestamp": "2024-05-01T00:02:15Z", "message": line}}))),
        ("Splunk", &|line| object(&json!({"preview": false, "result": {"_raw": line}}))),
        ("Google", &|line| object(&json!({"insertId": "a", "textPayload": line, "timestamp": "2024-05-01T00:02:15Z"}))),
    ];
    for (name, put) in surroundings {
        assert_eq!(records(&text(&lines, put)), bare, "{name}");
    }
    let events: Vec<Value> =
        lines.iter().map(|line| json!({"timestamp": 1_714_521_735_000_u64, "message": line})).collect();
    assert_eq!(records(&json!({"messageType": "DATA_MESSAGE", "logEvents": events}).to_string()), bare, "CloudWatch");
}

#[test]
fn identify_says_what_was_taken_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hits.txt");
    let identified = |text: String| {
        fs::write(&path, text).unwrap();
        keytrace(["identify".as_ref(), path.as_os_str()]).text().to_owned()
    };
    let lines = &story()[..3];
    let said = identified(text(lines, &|line| format!("www/access.log:17:{line}")));
    assert!(said.contains("line 1, read as combined, behind `www/access.log:17:`:"), "{said}");
    let said = identified(text(lines, &|line| object(&json!({"message": line}))));
    assert!(said.contains("line 1, read as combined, out of the object around it:"), "{said}");
    let broken = text(lines, &|line| line.to_owned()).replacen("\" 200 ", "\" 2x0 ", 1);
    let said = identified(broken);
    let mut behind = said.split_once("does not fit:\n").expect("a line does not fit").1.lines();
    let (shown, caret) = (behind.next().unwrap(), behind.next().unwrap());
    let at = caret.find('^').expect("a caret");
    assert!(shown[at..].starts_with("2x0 "), "{said}");
    assert!(caret.ends_with("expected a status of three digits, or a dash"), "{said}");
}
