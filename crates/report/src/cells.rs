//! Cells of a table that a spreadsheet opens.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@` or a control character for a formula, and a formula can
//! run programs and call hosts. So text that could be one is given an apostrophe, by which spreadsheets know text. The same
//! is done behind a semicolon, as a reader whose numbers have decimal commas splits cells there. Nothing that is not seen
//! is in a cell, so that every row is one line. Else this is RFC 4180: commas, doubled quotes, lines that end with CRLF.

use std::io;

use ::csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use crate::show::Shown;

/// A writer of rows.
pub(crate) fn writer<W: io::Write>(out: W) -> Writer<W> {
    WriterBuilder::new().quote_style(QuoteStyle::NonNumeric).terminator(Terminator::CRLF).from_writer(out)
}

/// What a writer of rows ran into.
pub(crate) fn failed(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Text of a log as a cell.
pub(crate) fn text(text: &str) -> String {
    let shown = Shown(text.as_bytes()).to_string();
    let mut out = String::with_capacity(shown.len() + 1);
    for (number, part) in shown.split(';').enumerate() {
        if 0 < number {
            out.push(';');
        }
        let begun = part.trim_start_matches(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\''));
        if begun.starts_with(is_trigger) {
            out.push('\'');
        }
        out.push_str(part);
    }
    out
}

/// Whether a formula begins with it; in scripts of East Asia they are typed in full width.
fn is_trigger(letter: char) -> bool {
    matches!(letter, '=' | '+' | '-' | '@' | '|' | '＝' | '＋' | '－' | '＠')
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A medium that has no room.
    pub(crate) struct Full;

    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_formula_is_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\"=1", "＝1", "|calc"] {
            assert_eq!(text(formula), format!("'{formula}"));
        }
        assert_eq!(text("\t=1"), "\\x09=1");
        assert_eq!(text("a;=1"), "a;'=1", "behind what splits cells elsewhere");
        for plain in ["/a?b=-1", "a=b", "198.51.100.7", "", "a-b", "100%"] {
            assert_eq!(text(plain), plain);
        }
    }

    #[test]
    fn a_medium_that_fails_is_told_as_it_said_it() {
        let long = "x".repeat(1 << 20);
        let error = writer(Full).write_record([&long]).map_err(failed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let mut rows = writer(io::sink());
        rows.write_record(["a", "b"]).unwrap();
        let uneven = rows.write_record(["a"]).map_err(failed).unwrap_err();
        assert!(uneven.to_string().contains("UnequalLengths"), "{uneven}");
    }

    #[test]
    fn a_row_is_a_line_and_is_read_back() {
        let mut out = Vec::new();
        let mut rows = writer(&mut out);
        rows.write_record(["a\"b,c", &text("d\r\ne"), "7"]).unwrap();
        rows.flush().unwrap();
        drop(rows);
        assert_eq!(String::from_utf8(out).unwrap(), "\"a\"\"b,c\",\"d\\x0d\\x0ae\",7\r\n");
    }
}
