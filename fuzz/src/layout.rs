//! Any text as a `--log-format`, and any line in it: refused with the place, or a format that accounts for every line,
//! the same if it is cut in two.
//!
//! The layout is the first line, what it is to read stands behind.

use accesslog::{Reading, log_format};

use super::seen::{by_two, whole};

/// Checks a layout and what it reads.
pub fn check(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let Ok(layout) = std::str::from_utf8(&bytes[..end]) else { return };
    let text = &bytes[(end + 1).min(bytes.len())..];
    let format = match log_format(layout) {
        Ok(format) => format,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let reading = Reading::made(format).strictly();
    let all = whole(text, &reading);
    all.assert_accounts_for(text);
    assert_eq!(by_two(text, bytes.len(), &reading), all, "a cut changes nothing");
}
