//! Any text as `keytrace.toml`: taken, or refused by one plain sentence and the exit code that says so.
//!
//! `identify` reads the settings as every command does and little of the log. What is taken is used in a scan now and then,
//! which costs ten times as much.

use std::ffi::OsStr;
use std::fs;

use super::plain::assert_plain;

/// Of how many lengths of a text that is taken one is used in a scan.
const SELDOM: usize = 16;

/// Checks a file of settings.
pub fn check(bytes: &[u8]) {
    let log = super::unpack::file();
    let settings = log.with_extension("toml");
    fs::write(&log, "192.0.2.1 - - [01/May/2024:00:00:00 +0000] \"GET /.env HTTP/1.1\" 200 5 \"-\" \"-\"\n")
        .expect("written");
    fs::write(&settings, bytes).expect("written");
    let run = |words: &[&str]| {
        let (mut out, mut error) = (Vec::new(), Vec::new());
        let words = words.iter().map(OsStr::new).chain([OsStr::new("--config"), settings.as_ref(), log.as_ref()]);
        let code = keytrace::run(words.map(Into::into), &mut out, &mut error);
        assert_plain("standard error", &error);
        (code, out, String::from_utf8_lossy(&error).into_owned())
    };
    match run(&["keytrace", "identify"]) {
        (0, ..) if !bytes.len().is_multiple_of(SELDOM) => {}
        (0, ..) => {
            let (code, out, said) = run(&["keytrace", "scan", "--threads", "1", "--output-format", "ndjson"]);
            assert!(code < 2, "exit {code}: {said}");
            assert!(out.starts_with(b"{\"type\":\"scan\""), "a report");
        }
        (2, out, said) => assert!(out.is_empty() && said.starts_with("keytrace: "), "a sentence: {said}"),
        (other, _, said) => panic!("exit {other}: {said}"),
    }
}
