//! Any bytes, read in any one format: every line is accounted for, a cut changes nothing, and no line reaches into another.
//!
//! The first byte chooses the format, the second where the text is cut. An input is short and asks one question, so that
//! the fuzzer asks many: a text of one line is read again between two others, one of more in two pieces. A line is offered
//! to its own format alone; what is offered to others is the business of [`recognised`](super::recognised).

use std::sync::OnceLock;

use accesslog::{FORMATS, Reading};

use super::seen::{Seen, by_two, whole};

/// A format, its own example of a line, and what is seen of that.
type Known = (Reading, &'static [u8], Seen);

/// Checks a text in a format.
pub fn check(bytes: &[u8]) {
    let [choice, cut, text @ ..] = bytes else { return };
    let (reading, example, alone) = &known()[usize::from(*choice) % FORMATS.len()];
    let all = whole(text, reading);
    all.assert_accounts_for(text);
    match text.strip_suffix(b"\n").unwrap_or(text) {
        line if !line.contains(&b'\n') => between(line, &all, (reading, example, alone)),
        _ => assert_eq!(by_two(text, usize::from(*cut), reading), all, "a cut changes nothing"),
    }
}

fn known() -> &'static [Known] {
    static KNOWN: OnceLock<Vec<Known>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let of = |format: &&'static dyn accesslog::Format| {
            let reading = Reading::listed(*format).strictly();
            let example = format.example().lines().last().unwrap_or_default().as_bytes();
            let alone = whole(example, &reading);
            (reading, example, alone)
        };
        FORMATS.iter().map(of).collect()
    })
}

/// What stands before and behind a line is read as if it stood alone, and so is the line.
fn between(line: &[u8], seen: &Seen, (reading, example, alone): (&Reading, &[u8], &Seen)) {
    // What speaks of the log itself is there to change how others are read.
    if alone.census.records != 1 || alone.census.directives + seen.census.directives != 0 {
        return;
    }
    let together = whole(&[example, b"\n", line, b"\n", example, b"\n"].concat(), reading);
    let wanted = [&alone.records[..], &seen.records, &alone.records].concat();
    assert_eq!(together.records, wanted, "no line reaches into another");
}
