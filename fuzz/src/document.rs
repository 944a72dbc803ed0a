//! Any bytes as a saved report: refused with a place, or read, written and read again the same; and any form of it is plain.
//!
//! One form is written of each, which its length chooses: all twelve take longer than all else.

use report::RENDERERS;
use report::document::read;

use super::escape::rendered;
use super::plain::assert_plain;

/// Checks a saved report.
pub fn check(bytes: &[u8]) {
    let document = match read(bytes) {
        Ok(document) => document,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let written = rendered(&document, "ndjson");
    let again = read(&written[..]).expect("what was written is a report");
    assert_eq!(rendered(&again, "ndjson"), written, "written the same again");
    let form = RENDERERS[bytes.len() % RENDERERS.len()].name();
    assert_plain(form, &rendered(&document, form));
}
