//! Any bytes as a saved report: refused with a place, or read, written and read again the same; and every form of it is plain.

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
    for form in RENDERERS {
        assert_plain(form.name(), &rendered(&document, form.name()));
    }
}
