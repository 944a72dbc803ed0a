//! What strangers write into logs: it must not reach a terminal as it is, nor secrets a reader.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::logs::{self, Hit, Writing};
use crate::program::{keytrace, parsed};
use report::RENDERERS;

/// The report of a path in every form, and what was said on standard error.
fn every_form(path: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let mut reports = Vec::new();
    for form in RENDERERS {
        let run = keytrace([OsStr::new("scan"), "--output-format".as_ref(), form.name().as_ref(), path.as_os_str()]);
        reports.push((form.name(), run.out));
        reports.push(("standard error", run.error.into_bytes()));
    }
    reports
}

/// Text that does something to terminals or readers, as bytes.
const TRICKS: [&[u8]; 12] = [
    b"\x1b[2J\x1b[31m",
    b"\x1b]0;title\x07",
    b"\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    b"\x9b31m",
    b"\xc2\x9b31m",
    b"\x07\x08\x0b\x0c\x7f",
    b"\r overwritten",
    "\u{202e}gnp.exe\u{202c}".as_bytes(),
    "\u{2066}\u{200b}\u{200d}\u{feff}".as_bytes(),
    "\u{e0041}\u{fe0f}\u{2028}".as_bytes(),
    b"\xff\xfe\xc0\xaf\xed\xa0\x80",
    b"\0\x01\x02",
];

/// Whether a text in a report does nothing but show itself.
pub(crate) fn is_plain(letter: char) -> bool {
    let is_control = letter != '\n' && letter.is_control();
    let turns =
        matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    let hides = matches!(letter, '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}');
    !is_control && !turns && !hides
}

fn check_plain(form: &str, report: &[u8]) {
    let text = std::str::from_utf8(report).unwrap_or_else(|error| panic!("{form} is no UTF-8: {error}"));
    // Lines of a table end so (RFC 4180).
    let text = if form.ends_with("csv") { text.replace("\r\n", "\n") } else { text.to_owned() };
    let bad: Vec<char> = text.chars().filter(|letter| !is_plain(*letter)).collect();
    assert!(bad.is_empty(), "{form} shows {bad:?}");
}

/// A log whose every field holds the trick, and which gives incidents of every kind.
fn tricked(trick: &[u8], writing: Writing) -> Vec<u8> {
    // A writer of JSON escapes what it must, and passes bytes that are no UTF-8 through.
    let escaped = match std::str::from_utf8(trick) {
        Ok(text) if writing == Writing::NginxJson => serde_json::to_string(text).expect("a text is JSON"),
        _ => String::new(),
    };
    let trick = if escaped.is_empty() { trick } else { &escaped.as_bytes()[1..escaped.len() - 1] };
    let mut log = Vec::new();
    for (number, target) in logs::REACHES.iter().enumerate() {
        let mut hit = Hit::new(number as u64, "198.51.100.7TRICK", &format!("{target}TRICK"), 200, 900);
        hit.agent.push_str("TRICK");
        hit.referer = "http://a.example/TRICK".to_owned();
        for status in [200, 404] {
            hit.status = status;
            let line = logs::line(&hit, writing);
            for (piece, part) in line.split("TRICK").enumerate() {
                if 0 < piece {
                    log.extend_from_slice(trick);
                }
                log.extend_from_slice(part.as_bytes());
            }
            log.push(b'\n');
        }
    }
    log
}

#[test]
fn no_text_of_a_log_reaches_a_report_raw() {
    let folder = tempfile::tempdir().unwrap();
    for writing in [Writing::Combined, Writing::VirtualHost, Writing::NginxJson] {
        for trick in TRICKS {
            let path = folder.path().join("access.log");
            fs::write(&path, tricked(trick, writing)).unwrap();
            let reports = every_form(&path);
            let text = String::from_utf8_lossy(&reports[0].1).into_owned();
            assert!(text.contains("incident"), "{}: {text}", String::from_utf8_lossy(trick));
            reports.iter().for_each(|(form, report)| check_plain(form, report));
        }
    }
}

#[test]
fn the_tricks_are_in_the_report_spelt_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    fs::write(&path, tricked(b"\x1b[31m", Writing::Combined)).unwrap();
    let run = keytrace([&path]);
    assert!(run.text().contains("\\x1b[31m"), "evidence is shown, not hidden: {}", run.text());
}

#[test]
fn colours_are_the_only_escapes_when_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    for trick in TRICKS {
        fs::write(&path, tricked(trick, Writing::Combined)).unwrap();
        let run = keytrace([OsStr::new("scan"), "--color".as_ref(), "always".as_ref(), path.as_os_str()]);
        let mut pieces = run.text().split('\x1b');
        check_plain("text", pieces.next().unwrap().as_bytes());
        for piece in pieces {
            let codes = piece.strip_prefix('[').and_then(|rest| rest.split_once('m')).expect("a colour");
            assert!(codes.0.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'), "{piece:?}");
            check_plain("text", codes.1.as_bytes());
        }
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_are_strangers_text_too() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    for trick in TRICKS.iter().filter(|trick| !trick.contains(&0) && !trick.contains(&b'/')) {
        let name = [b"a", *trick, b".log"].concat();
        let good = folder.path().join(OsStr::from_bytes(&name));
        fs::write(&good, tricked(b"", Writing::Combined)).unwrap();
        fs::write(folder.path().join(OsStr::from_bytes(&[&name[..], b".gz"].concat())), b"\x1f\x8b\x08").unwrap();
        let gone = folder.path().join(OsStr::from_bytes(&[&name[..], b".gone"].concat()));
        let _ = std::os::unix::fs::symlink("nowhere", gone);
    }
    every_form(folder.path()).iter().for_each(|(form, report)| check_plain(form, report));
}

/// Names that are given to the command, be they of what is not there, of no report or of no settings, and its options.
#[cfg(unix)]
#[test]
fn what_a_command_says_of_its_arguments_is_plain() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("access.log");
    fs::write(&log, tricked(b"", Writing::Combined)).unwrap();
    let mut tried = 0;
    for trick in TRICKS.iter().filter(|trick| !trick.contains(&0) && !trick.contains(&b'/')) {
        let name = [b"a", *trick].concat();
        let bad = folder.path().join(OsStr::from_bytes(&name));
        fs::write(&bad, [b"[allow]\n", &name[..], b" = 1\n"].concat()).unwrap();
        let gone = folder.path().join(OsStr::from_bytes(&[&name[..], b"/gone"].concat()));
        let word = OsStr::from_bytes(&name);
        let (log, bad, gone) = (log.as_os_str(), bad.as_os_str(), gone.as_os_str());
        let commands: Vec<Vec<&OsStr>> = vec![
            vec!["scan".as_ref(), gone],
            vec!["scan".as_ref(), log, "-o".as_ref(), bad],
            vec!["scan".as_ref(), log, "-o".as_ref(), gone, "--output-format".as_ref(), "csv".as_ref()],
            vec!["scan".as_ref(), log, "--config".as_ref(), bad],
            vec!["scan".as_ref(), log, "--config".as_ref(), gone],
            vec!["scan".as_ref(), log, "--since".as_ref(), word],
            vec!["scan".as_ref(), log, "--output-format".as_ref(), word],
            vec!["scan".as_ref(), log, "--log-format".as_ref(), word],
            vec!["scan".as_ref(), log, "--redact-key".as_ref(), gone, "--redact".as_ref()],
            vec!["show".as_ref(), bad],
            vec!["show".as_ref(), gone],
            vec!["diff".as_ref(), bad, gone],
            vec!["draft".as_ref(), bad, "-o".as_ref(), gone],
            vec!["verify".as_ref(), gone],
            vec!["trace".as_ref(), log, "--client".as_ref(), "x".as_ref(), "-o".as_ref(), gone],
            vec!["trace".as_ref(), log, "--incident".as_ref(), word, "--from".as_ref(), bad],
            vec!["parse".as_ref(), gone],
            vec!["parse".as_ref(), log, "--faults".as_ref(), gone],
            vec!["identify".as_ref(), gone],
            vec!["audit".as_ref(), gone],
            vec!["routes".as_ref(), gone],
            vec!["check".as_ref(), gone, "--since".as_ref(), "2024-05-01".as_ref()],
            vec!["man".as_ref(), "--out".as_ref(), gone],
            vec!["explain".as_ref(), word],
            vec![word],
        ];
        for command in commands {
            let run = keytrace(&command);
            check_plain(&format!("{command:?}"), run.error.as_bytes());
            check_plain(&format!("{command:?}"), &run.out);
            tried += usize::from(1 < run.code && !run.error.is_empty());
        }
    }
    assert!(200 < tried, "{tried} commands were refused");
}

/// A secret: how it stands in the log, and the part of it that no report may show.
struct Secret {
    written: String,
    hidden: String,
}

fn secrets() -> Vec<Secret> {
    let secret = |before: &str, hidden: &str, after: &str| Secret {
        written: format!("{before}{hidden}{after}"),
        hidden: hidden.to_owned(),
    };
    let key = "wJalrXUtnFEMIzK7MDENGzbPxRfiCYzEXAMPLEKEY";
    let claims = "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6InNvbWVib2R5In0";
    vec![
        secret("/a?id=AKIA", "Q3EGRZ7XW5TNMHP2", "&x=1"),
        secret("/a?aws_secret_access_key=", key, "&x=1"),
        secret("/a?secret=", &key.replace('z', "%2F"), ""),
        secret("/a?api_key=", "5f4dcc3b5aa765d61d83", ""),
        secret("/a?access_token=", "ya29.a0AfH6SMBzzzzzzzzzzzz", "&next=1"),
        secret("/a?token=ghp_", "0123456789abcdefghijABCDEFGHIJ012345", ""),
        secret("/a?x=xoxb-", "123456789012-abcdefghijkl", ""),
        secret("/a?x=sk_live_", "4eC39HqLyjWDarjtT1zdp7dc", ""),
        secret("/a?x=AIza", "SyA1234567890abcdefghijklmnopqrstuv", ""),
        secret("/a?jwt=eyJhbGciOiJIUzI1NiJ9.", claims, ".SflKxwRJSMeKKF2QT4fwpMeJf36P"),
        secret("/a?x=eyJhbGciOiJIUzI1NiJ9.", claims, ".SflKxwRJSMeKKF2QT4fwpMeJf36P"),
        secret("/a?X-Amz-Signature=", "3b1c9d5e7f6a8b2c4d0e1f2a3b4c5d6e", "&X-Amz-Expires=60"),
        secret("/a?password=", "correcthorsebattery", "&user=x"),
        secret("/a?client%5Fsecret=", "9f86d081884c7d659a2feaa0c55ad015", ""),
        secret("/a?next=%2Fcb%3Faccess_token%3D", "ya29a0AfH6SMBzzzzzzzzzzzz", "%26x%3D1"),
        secret("/a?q=%7B%22password%22:%22", "correcthorsebattery", "%22%7D"),
        secret("/a?u=http://somebody:", "correcthorsebattery", "@127.0.0.1/"),
        secret("/a?x=1&PHPSESSID=", "9f86d081884c7d659a2feaa0c55ad015", ""),
        secret("/a?h=Bearer%20", "9f86d081884c7d659a2feaa0c55ad015", ""),
        secret("/a?CLIENT_SECRET=", "9f86d081884c7d659a2feaa0c55ad015", ""),
    ]
}

/// A log that gives findings whose every text holds the secret.
fn leaking(secret: &Secret, writing: Writing) -> String {
    let mut lines = Vec::new();
    for (number, reach) in
        ["/.env", "/p?url=http://169.254.169.254/latest/meta-data/", "/x?file=../../etc/passwd"].iter().enumerate()
    {
        let query = secret.written.split_once('?').expect("a query").1;
        let mark = if reach.contains('?') { '&' } else { '?' };
        let mut hit = Hit::new(number as u64, "198.51.100.7", &format!("{reach}{mark}{query}"), 200, 900);
        hit.agent = format!("bot {}", secret.written);
        hit.referer = format!("https://shop.example{}", secret.written);
        lines.push(logs::line(&hit, writing));
        lines.push(logs::line(
            &Hit { target: format!("/p?{query}&url=http://127.0.0.1/{}", secret.written), ..hit },
            writing,
        ));
    }
    lines.push(logs::line(&Hit::new(9, "198.51.100.8", &secret.written, 200, 900), writing));
    lines.join("\n") + "\n"
}

#[test]
fn no_report_shows_a_secret_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let mut shown = Vec::new();
    for secret in secrets() {
        for writing in [Writing::Combined, Writing::NginxJson] {
            fs::write(&path, leaking(&secret, writing)).unwrap();
            let reports = every_form(&path);
            assert!(1 < parsed(std::str::from_utf8(&reports[2].1).unwrap()).len(), "there are findings");
            let is_cut = reports[2].1.windows(4).any(|part| part == b"****");
            assert!(is_cut, "what is hidden of {} is marked", secret.written);
            for (form, report) in reports {
                let text = String::from_utf8(report).unwrap();
                if text.contains(&secret.hidden) {
                    let line = text.lines().find(|line| line.contains(&secret.hidden)).unwrap().to_owned();
                    shown.push(format!("{form} of {}: {line}", secret.written));
                }
            }
        }
    }
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn what_a_finding_is_about_is_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let reach = "/p?token=http://169.254.169.254/latest/meta-data/iam/security-credentials/";
    fs::write(&path, logs::line(&Hit::new(1, "198.51.100.7", reach, 200, 900), Writing::Combined) + "\n").unwrap();
    for (form, report) in every_form(&path).into_iter().filter(|(form, _)| *form != "standard error") {
        assert!(String::from_utf8(report).unwrap().contains("security-credentials"), "{form}");
    }
}
