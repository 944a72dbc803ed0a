//! What `--redact` promises: no person is left in any form, and the same person has the same pseudonym.

use std::fs;
use std::path::{Path, PathBuf};

use report::RENDERERS;
use serde_json::Value;

use crate::logs::{self, Hit, Writing};
use crate::program::{Run, keytrace, of_type, parsed};

/// What tells of a person and stands in the log: as it is written in one place or another, and plain.
const PLANTED: [&str; 19] = [
    "203.0.113.77",
    "2001:db8:77::5",
    "2001:DB8:77:0::5",
    "takagi.hanako",
    "hanako.takagi@mail.example",
    "hanako.takagi%40mail.example",
    "hanako.takagi%2540mail.example",
    "Hanako",
    "Takagi+Saito",
    "Takagi Saito",
    "9f86d081884c7d65",
    "500417",
    "C-77120345",
    "0e1c2d3f-4a5b-6c7d-8e9f-0123456789ab",
    "%2B81-3-5555-0143",
    "+81-3-5555-0143",
    "mallory",
    "198.51.100.200",
    "1-2-3-Kanda",
];

/// Requests that become findings, each with persons in it.
fn log() -> String {
    let metadata = "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F";
    let targets = [
        format!("/p?src={metadata}&email=hanako.takagi%40mail.example&w=1"),
        format!("/p?src={metadata}shop-role&email=hanako.takagi%2540mail.example"),
        "/.env?firstName=Hanako&last_name=Takagi+Saito&phone=%2B81-3-5555-0143".to_owned(),
        "/api/orders/500417/../../../../etc/passwd?sid=9f86d081884c7d65".to_owned(),
        "/customers/C-77120345/.git/config".to_owned(),
        "/x/0e1c2d3f-4a5b-6c7d-8e9f-0123456789ab/.aws/credentials?street=1-2-3-Kanda".to_owned(),
        "/home/mallory/.ssh/id_rsa".to_owned(),
        "/p?file=..%2F..%2Fhome%2Fmallory%2F.aws%2Fcredentials".to_owned(),
        "/users/takagi.hanako/.env".to_owned(),
        "/p?fields=password,email&user=takagi.hanako&of=hanako.takagi@mail.example".to_owned(),
        "/p?src=http://198.51.100.200/x&note=takagi.hanako".to_owned(),
        "/p?src=http://127.0.0.1:8080/admin&n=500417".to_owned(),
    ];
    let clients = ["203.0.113.77", "2001:db8:77::5", "2001:DB8:77:0::5"];
    let mut lines = Vec::new();
    for number in 0..200 {
        let picture = format!("/p?src=https%3A%2F%2Fcdn.shop.example%2Fp%2F{number}.jpg");
        let hit = Hit::new(number * 7, &format!("192.0.2.{}", number % 90), &picture, 200, 20_000 + number * 97);
        lines.push(logs::line(&hit, Writing::Combined));
    }
    for (number, target) in targets.iter().enumerate() {
        for (other, client) in clients.iter().enumerate() {
            let mut hit = Hit::new(9_000 + number as u64 * 9 + other as u64, client, target, 200, 1_338);
            hit.agent = "curl (hanako.takagi@mail.example)".to_owned();
            hit.referer = "https://shop.example/account/500417?name=Hanako&customer=C-77120345".to_owned();
            let line = logs::line(&hit, Writing::Combined);
            lines.push(line.replacen(" - - [", " - takagi.hanako [", 1));
        }
    }
    lines.join("\n") + "\n"
}

/// A log in a user's home, with another that cannot be read beside it.
fn home(folder: &Path) -> PathBuf {
    let home = folder.join("home/mallory/logs");
    fs::create_dir_all(&home).expect("a folder");
    fs::write(home.join("access.log"), log()).expect("the log is written");
    fs::write(home.join("broken.log.gz"), b"\x1f\x8b\x08").expect("so is the other");
    home
}

fn redacted(path: &Path, key: Option<&Path>, form: &str) -> Run {
    let path = path.to_str().expect("a plain path");
    let key = key.map(|key| ["--redact-key", key.to_str().expect("a plain path")]);
    let words = ["scan", path, "--redact", "--output-format", form].into_iter().chain(key.into_iter().flatten());
    keytrace(words)
}

#[test]
fn no_person_is_left_in_any_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = home(folder.path());
    let whole = keytrace(["scan", path.to_str().unwrap(), "--output-format", "ndjson"]);
    let found = of_type(&parsed(whole.text()), "finding").len();
    assert!(24 <= found, "{found} findings");
    let mut left = Vec::new();
    for form in RENDERERS {
        let run = redacted(&path, None, form.name());
        assert_eq!(run.code, 3, "{}: a source is broken: {}", form.name(), run.error);
        let text = run.text().to_lowercase();
        for planted in PLANTED {
            let planted = planted.to_lowercase();
            if let Some(at) = text.find(&planted) {
                left.push(format!(
                    "{planted} in {}: {}",
                    form.name(),
                    text[at.saturating_sub(80)..].chars().take(160).collect::<String>()
                ));
            }
        }
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
    // The test would see them: they are in the report that is not redacted.
    let seen = PLANTED.iter().filter(|planted| whole.text().contains(**planted)).count();
    assert!(15 <= seen, "{seen} of {} stand in the whole report", PLANTED.len());
}

#[test]
fn what_was_reached_for_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = redacted(&home(folder.path()), None, "ndjson");
    for word in
        ["169.254.169.254", "security-credentials", "/.env", "etc/passwd", ".git/config", "127.0.0.1:8080", "shop-role"]
    {
        assert!(run.text().contains(word), "{word}");
    }
    let rows = parsed(run.text());
    let told = of_type(&rows, "finding").into_iter().filter(|row| !row["telling"].is_null());
    let inside = told.map(|row| {
        let number = |key: &str| row["telling"][key].as_u64().expect("a number") as usize;
        let target = row["request"]["target"].as_str().expect("a target");
        assert!(target.get(number("start")..number("start") + number("length")).is_some(), "{row}");
    });
    assert!(10 < inside.count());
}

#[test]
fn a_person_has_one_pseudonym_with_one_key_and_others_with_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = home(folder.path());
    let keys = ["a key that is long enough", "another that is long enough"].map(|text| {
        let key = folder.path().join(&text[..5]);
        fs::write(&key, text).expect("the key is written");
        key
    });
    let [one, again, other] = [&keys[0], &keys[0], &keys[1]].map(|key| redacted(&path, Some(key), "ndjson").out);
    assert!(one == again, "the same key gives the same bytes");
    assert!(one != other && redacted(&path, None, "ndjson").out != redacted(&path, None, "ndjson").out);
    let rows = parsed(std::str::from_utf8(&one).unwrap());
    let clients: std::collections::BTreeSet<&str> =
        of_type(&rows, "finding").into_iter().map(|row| row["request"]["client"].as_str().expect("a client")).collect();
    assert_eq!(clients.len(), 2, "two spellings of one address are one client: {clients:?}");
    let user = of_type(&rows, "finding")[0]["request"]["user"].as_str().expect("a user").to_owned();
    assert!(user.starts_with("user-"));
    let elsewhere = |row: &&Value| row["request"]["target"].as_str().is_some_and(|target| target.contains(&user));
    assert!(of_type(&rows, "finding").into_iter().any(|row| elsewhere(&row)), "{user} in a target");
    assert!(of_type(&rows, "finding").iter().all(|row| row["source"]["sha256"] == ""), "a line could be tried");
}

#[test]
fn what_cannot_be_checked_any_more_is_not_called_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("access.log"), log()).expect("the log is written");
    let saved = folder.path().join("saved.ndjson");
    fs::write(&saved, redacted(&folder.path().join("access.log"), None, "ndjson").out).expect("the report is written");
    let run = keytrace(["verify", saved.to_str().unwrap(), folder.path().join("access.log").to_str().unwrap()]);
    assert!(run.code == 3 && !run.text().contains("CHANGED"), "{}", run.text());
    assert!(run.text().contains("not there to be checked"), "{}", run.text());
}

#[test]
fn a_key_that_is_none_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = home(folder.path());
    let short = folder.path().join("short");
    fs::write(&short, "short").expect("the key is written");
    assert!(redacted(&path, Some(&short), "text").error.contains("no key"));
    assert_eq!(redacted(&path, Some(&folder.path().join("missing")), "text").code, 2);
    let alone = keytrace(["scan", path.to_str().unwrap(), "--redact-key", short.to_str().unwrap()]);
    assert_eq!(alone.code, 2, "a key without --redact would redact nothing");
}
