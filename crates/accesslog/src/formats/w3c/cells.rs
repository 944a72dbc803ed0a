//! A line of columns, cut into its values.
//!
//! Writers of the W3C format disagree about what stands between two values and what a quote means, so a line is cut
//! in the way of its writer first and, where the number of values does not come out, in the others. The count is the
//! judge: a value that holds what divides values makes one too many.

/// The ways in which a line is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// At runs of blanks and tabs; a quote is a byte like others, but is taken off where it stands around a value.
    Words,
    /// At runs of blanks and tabs outside of quotes; a quote inside of quotes is doubled.
    Quoted,
    /// At every tab.
    Tabs,
    /// At every comma outside of quotes; a quote inside of quotes is doubled (RFC 4180).
    Commas,
}

/// The values of a line.
pub(super) struct Cells<'a> {
    rest: Option<&'a [u8]>,
    cut: Cut,
}

impl<'a> Cells<'a> {
    pub(super) fn new(line: &'a [u8], cut: Cut) -> Cells<'a> {
        let rest = match cut {
            Cut::Words | Cut::Quoted => Some(line.trim_ascii()).filter(|line| !line.is_empty()),
            // A blank at the end is no part of the last value; a tab there is an empty one.
            Cut::Tabs | Cut::Commas => {
                let blanks = line.iter().rev().take_while(|byte| **byte == b' ').count();
                Some(&line[..line.len() - blanks])
            }
        };
        Cells { rest, cut }
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let (cell, rest) = match self.cut {
            Cut::Words => word(rest),
            Cut::Quoted => match quoted(rest, is_blank).or_else(|| holding_quotes(rest)) {
                Some((cell, rest)) => (cell, behind(rest)),
                None => word(rest),
            },
            Cut::Tabs => cut_at(rest, b'\t'),
            Cut::Commas => match quoted(rest, |byte| byte == b',') {
                Some((cell, rest)) => (cell, rest.split_first().map(|(_, rest)| rest)),
                None => cut_at(rest, b','),
            },
        };
        self.rest = rest;
        Some(cell)
    }
}

/// A word, and what stands behind the blanks behind it.
fn word(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let end = text.iter().position(|byte| is_blank(*byte)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let inner = word.strip_prefix(b"\"").and_then(|word| word.strip_suffix(b"\""));
    (inner.unwrap_or(word), behind(rest))
}

/// What stands behind a run of blanks; nothing at the end of the line.
fn behind(text: &[u8]) -> Option<&[u8]> {
    Some(text.trim_ascii_start()).filter(|text| !text.is_empty())
}

/// What stands before a divider, and what behind.
fn cut_at(text: &[u8], divider: u8) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(divider, text) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// A value in quotes that ends before a divider or the end of the line, its doubled quotes left as they are.
fn quoted(text: &[u8], divides: impl Fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"\"")?;
    let mut at = 0;
    loop {
        at += memchr::memchr(b'"', &inner[at..])?;
        match inner.get(at + 1) {
            Some(b'"') => at += 2,
            Some(byte) if !divides(*byte) => return None,
            _ => return Some((&inner[..at], &inner[at + 1..])),
        }
    }
}

/// A word with quotes inside, `a="b c"`, whose blanks divide nothing.
fn holding_quotes(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.starts_with(b"\"") {
        return None;
    }
    let mut is_quoted = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            _ if is_blank(*byte) && !is_quoted => return Some(text.split_at(at)),
            _ => {}
        }
    }
    (!is_quoted).then_some((text, b""))
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, cut: Cut, want: &[&str]) {
        let cells: Vec<_> = Cells::new(line.as_bytes(), cut).map(|cell| String::from_utf8_lossy(cell)).collect();
        assert_eq!(cells, want, "{line} {cut:?}");
    }

    #[test]
    fn a_run_of_blanks_divides_once() {
        check("a  b\tc ", Cut::Words, &["a", "b", "c"]);
        check("", Cut::Words, &[]);
    }

    #[test]
    fn a_quoted_value_may_hold_what_divides() {
        check(r#"a "b c" d"#, Cut::Words, &["a", "\"b", "c\"", "d"]);
        check(r#"a "b c" d"#, Cut::Quoted, &["a", "b c", "d"]);
        check(r#"a "b ""c"" d" """#, Cut::Quoted, &["a", "b \"\"c\"\" d", ""]);
        check(r#"a b="c d"; e"#, Cut::Quoted, &["a", "b=\"c d\";", "e"]);
        check(r#""a,b",c,"","d ""e""""#, Cut::Commas, &["a,b", "c", "", "d \"\"e\"\""]);
    }

    #[test]
    fn a_quote_that_nothing_closes_is_a_byte() {
        check(r#"a "b c d"#, Cut::Quoted, &["a", "\"b", "c", "d"]);
        check(r#""a"b,c"#, Cut::Commas, &["\"a\"b", "c"]);
    }

    #[test]
    fn every_tab_and_every_comma_divides() {
        check("a\t\tb\t", Cut::Tabs, &["a", "", "b", ""]);
        check("a,,b,", Cut::Commas, &["a", "", "b", ""]);
        check("a\tb ", Cut::Tabs, &["a", "b"]);
        check("a,\"b\" ", Cut::Commas, &["a", "b"]);
    }
}
