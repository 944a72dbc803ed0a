//! Any text as `keytrace.toml`: taken, or refused by one plain sentence and the exit code that says so.

use std::fs;

use super::plain::assert_plain;

/// Checks a file of settings.
pub fn check(bytes: &[u8]) {
    let log = super::unpack::file();
    let settings = log.with_extension("toml");
    fs::write(&log, "192.0.2.1 - - [01/May/2024:00:00:00 +0000] \"GET /.env HTTP/1.1\" 200 5 \"-\" \"-\"\n")
        .expect("written");
    fs::write(&settings, bytes).expect("written");
    let words = ["keytrace", "scan", "--threads", "1", "--output-format", "ndjson", "--config"].map(Into::into);
    let (mut out, mut error) = (Vec::new(), Vec::new());
    let code = keytrace::run(words.into_iter().chain([settings.into(), log.into()]), &mut out, &mut error);
    assert_plain("standard error", &error);
    let said = String::from_utf8_lossy(&error).into_owned();
    match code {
        0 | 1 => assert!(out.starts_with(b"{\"type\":\"scan\""), "a report"),
        2 => assert!(out.is_empty() && said.starts_with("keytrace: "), "a sentence: {said}"),
        other => panic!("exit {other}: {said}"),
    }
}
