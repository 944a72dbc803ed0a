//! The walk along a line: where each field of a layout ends.

use memchr::memchr;

use super::literal::Literal;
use super::syntax::{Look, Syntax, usual_status_end};
use super::{LOOK_AHEAD_FIELDS, Layout, Step, Tail};
use crate::grammar::fault;
use crate::{Escape, Fault};

impl Layout {
    /// Shows each field of a line without blanks behind it, and the field's value, to `take`, which may refuse it.
    ///
    /// Where `LOOSE`, a blank of the layout is a run of blanks in the line. Gives what stands behind the layout.
    pub(super) fn walk<'s, 'a, const LOOSE: bool>(
        &'s self,
        text: &'a [u8],
        take: impl FnMut(&'s Step, &'a [u8]) -> bool,
    ) -> Result<&'a [u8], Fault> {
        let stands = "what the layout begins with";
        let rest = literal::<LOOSE>(text, &self.prefix).ok_or_else(|| fault(text, text, stands))?;
        self.walk_on::<LOOSE>(text, (0, rest), take)
    }

    /// The same of what is left of a line, and the number of the field that it begins with.
    #[inline]
    pub(super) fn walk_on<'s, 'a, const LOOSE: bool>(
        &'s self,
        text: &'a [u8],
        (first, mut rest): (usize, &'a [u8]),
        mut take: impl FnMut(&'s Step, &'a [u8]) -> bool,
    ) -> Result<&'a [u8], Fault> {
        for (at, step) in self.steps.iter().enumerate().skip(first) {
            if step.field.is_padded {
                rest = without_blanks_before(rest);
            }
            let end =
                self.end::<LOOSE>(at, step, rest).ok_or_else(|| fault(text, rest, step.field.syntax.expected()))?;
            let (value, behind) = rest.split_at(end);
            if !take(step, value) {
                return Err(fault(text, rest, step.field.syntax.expected()));
            }
            rest = match step.strip_behind::<LOOSE>(behind, end) {
                Some(rest) => rest,
                None if at + 1 == self.steps.len() && is_cut_closing(step.after.text(), behind) => &[],
                None => return Err(fault(text, behind, "what the layout has behind the field")),
            };
        }
        match (rest, self.tail) {
            ([], _) | ([b' ', ..], Tail::Anything) => Ok(rest),
            _ if without_blanks_before(rest).is_empty() => Ok(&[]),
            _ => Err(fault(text, rest, "the end of the line")),
        }
    }

    /// The length of the value that begins here.
    // Inlined, with `Filling::take`, into the walk: 119 ns a line of the combined format against 131.
    #[inline(always)]
    fn end<const LOOSE: bool>(&self, at: usize, step: &Step, rest: &[u8]) -> Option<usize> {
        match &step.field.syntax {
            Syntax::Word => self.word_end::<LOOSE>(at, step, rest),
            Syntax::Text | Syntax::List if at + 1 == self.steps.len() => self.last_end(step, rest),
            Syntax::Text | Syntax::List => self.text_end::<LOOSE>(at, step, rest),
            closed => match closed.closed_end(rest) {
                Some(end) => Some(end),
                // JSON has empty strings for what is missing.
                None if !step.after.text().is_empty() && step.after.strip(rest).is_some() => Some(0),
                None => None,
            },
        }
    }

    #[inline]
    fn word_end<const LOOSE: bool>(&self, at: usize, step: &Step, rest: &[u8]) -> Option<usize> {
        match (step.after.text().first(), step.next_starts) {
            (Some(&first @ (b' ' | b'\t')), _) => find(rest, first),
            (Some(&first), _) => {
                let mut from = 0;
                loop {
                    let end = from + find(&rest[from..], first)?;
                    if memchr(b' ', &rest[from..end]).is_some() {
                        return None;
                    }
                    if let Some(behind) = literal::<LOOSE>(&rest[end..], &step.after)
                        && self.follows::<LOOSE>(at + 1, LOOK_AHEAD_FIELDS, behind)
                    {
                        return Some(end);
                    }
                    from = end + 1;
                }
            }
            (None, Some(starts)) => find(rest, starts).or_else(|| self.where_next_is_missing(at, rest)),
            (None, None) if at + 1 == self.steps.len() => Some(find(rest, b' ').unwrap_or(rest.len())),
            // A closed field follows: it begins where it fits.
            (None, None) => (0..rest.len()).find(|&end| self.follows::<LOOSE>(at + 1, LOOK_AHEAD_FIELDS, &rest[end..])),
        }
    }

    /// The end of an open field before another field, both without anything between, where that is empty.
    fn where_next_is_missing(&self, at: usize, rest: &[u8]) -> Option<usize> {
        match self.steps.get(at + 1)?.after.text().first() {
            Some(&first) => find(rest, first),
            None => Some(rest.len()),
        }
    }

    /// The end of an open field that others follow: the first place where they fit.
    #[inline]
    fn text_end<const LOOSE: bool>(&self, at: usize, step: &Step, rest: &[u8]) -> Option<usize> {
        if step.after.text().is_empty() {
            return self.word_end::<LOOSE>(at, step, rest);
        }
        let is_escaping = step.is_quoted && self.escape != Escape::Raw;
        if is_escaping && !LOOSE {
            // Nearly always the first quote is the last.
            let end = memchr(b'"', rest)?;
            if !rest[..end].ends_with(b"\\")
                && let Some(behind) = step.after.strip(&rest[end..])
                && self.next_fits(at + 1, behind)
            {
                return Some(end);
            }
        }
        self.distant_end::<LOOSE>(at, step, rest)
    }

    /// Whether the field fits here, as far as it ends by itself.
    #[inline(always)]
    pub(super) fn next_fits(&self, at: usize, rest: &[u8]) -> bool {
        let Some(next) = self.steps.get(at) else { return true };
        match &next.field.syntax {
            Syntax::Text | Syntax::List => true,
            // What stands behind a request line more often than all else.
            Syntax::Status if usual_status_end(rest).is_some_and(|end| next.after.strip(&rest[end..]).is_some()) => {
                true
            }
            _ => self.follows::<false>(at, 1, rest),
        }
    }

    /// The end of an open field, wherever it is.
    fn distant_end<const LOOSE: bool>(&self, at: usize, step: &Step, rest: &[u8]) -> Option<usize> {
        let is_escaping = step.is_quoted && self.escape != Escape::Raw;
        let first = step.after.text()[0];
        // Where quotes are escaped, the first that is not ends the value, unless what follows is nothing of the kind: were
        // the whole line asked, a line with more fields than the layout would be read as one long value.
        let depth = if is_escaping { 1 } else { LOOK_AHEAD_FIELDS };
        let is_list = matches!(step.field.syntax, Syntax::List);
        // Of a run of blanks only the first can begin one blank of a loose layout.
        let is_within_run = |end: usize| LOOSE && first == b' ' && 0 < end && rest[end - 1] == b' ';
        let ends_at = |end: usize| match literal::<LOOSE>(&rest[end..], &step.after) {
            Some(behind) => !(is_list && is_within_list(rest, end)) && self.follows::<LOOSE>(at + 1, depth, behind),
            None => false,
        };
        // Nearly every value that is missing is a dash.
        if rest.first() == Some(&b'-') && ends_at(1) {
            return Some(1);
        }
        let mut distrusted = None;
        let mut from = 0;
        while let Some(step) = memchr(first, &rest[from..]) {
            let end = from + step;
            if !is_within_run(end) && ends_at(end) {
                if !(is_escaping && is_escaped(rest, end)) {
                    return Some(end);
                }
                // Of a writer that escapes nothing this is the end.
                distrusted = distrusted.or(Some(end));
            }
            from = end + 1;
        }
        distrusted
    }

    /// The end of an open field that is the last: what the layout has behind it ends the line.
    fn last_end(&self, step: &Step, rest: &[u8]) -> Option<usize> {
        let end = without_closing(rest, step.after.text())?;
        if step.is_quoted && self.escape != Escape::Raw && memchr(b'"', &rest[..end]).is_some() {
            return quoted_end(rest, end);
        }
        Some(end)
    }

    /// Whether so many fields from this one on fit here, as far as they end by themselves.
    #[inline]
    fn follows<const LOOSE: bool>(&self, at: usize, depth: usize, mut rest: &[u8]) -> bool {
        for step in self.steps.iter().skip(at).take(depth) {
            if step.field.is_padded {
                rest = without_padding(rest);
            }
            let end = match step.field.syntax.look(rest, step.after.text()) {
                Look::Ends(end) => end,
                Look::Open => return true,
                Look::Not if !step.after.text().is_empty() && step.after.strip(rest).is_some() => 0,
                Look::Not => return false,
            };
            rest = match step.strip_behind::<LOOSE>(&rest[end..], end) {
                Some(rest) => rest,
                None => return false,
            };
        }
        depth == 1 || at + depth < self.steps.len() || rest.is_empty() || self.tail == Tail::Anything
    }
}

impl Step {
    /// What follows the literal behind a value of that length: HAProxy writes no blank behind captured headers where there
    /// are none.
    #[inline]
    fn strip_behind<'a, const LOOSE: bool>(&self, rest: &'a [u8], length: usize) -> Option<&'a [u8]> {
        match self.after.text() {
            [b' ', after @ ..] if length == 0 && matches!(self.field.syntax, Syntax::Braces) => {
                rest.strip_prefix(after)
            }
            _ => literal::<LOOSE>(rest, &self.after),
        }
    }
}

/// The end of the last field, in quotes, where quotes stand in it: `end` is the line's last quote.
///
/// The first quote that is not escaped and has a blank behind it ends the value, and the line has more than the layout;
/// unless an odd number of quotes follows it: then the writer escapes none, and the last quote is the end.
#[cold]
fn quoted_end(rest: &[u8], end: usize) -> Option<usize> {
    let quotes = || memchr::memchr_iter(b'"', &rest[..=end]).filter(|&at| !is_escaped(rest, at));
    match quotes().find(|&at| at < end && rest.get(at + 1) == Some(&b' ')) {
        Some(inner) if quotes().filter(|&at| inner < at).count() % 2 == 0 => Some(inner),
        _ => Some(end),
    }
}

/// Whether a back-slash stands before this place that is no escaped one itself.
fn is_escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Whether a list goes on behind the blank at this place.
fn is_within_list(text: &[u8], at: usize) -> bool {
    text[..at].ends_with(b",") || text[at..].starts_with(b" : ") || text[..at].ends_with(b" :")
}

/// What follows the literal at the beginning of the text.
#[inline]
fn literal<'a, const LOOSE: bool>(text: &'a [u8], literal: &Literal) -> Option<&'a [u8]> {
    match literal.strip(text) {
        Some(rest) if !LOOSE || !literal.text().ends_with(b" ") => Some(rest),
        None if !LOOSE => None,
        _ => literal_with_blanks(text, literal.text()),
    }
}

fn literal_with_blanks<'a>(text: &'a [u8], literal: &[u8]) -> Option<&'a [u8]> {
    let mut rest = text;
    let mut before = 0;
    for &byte in literal {
        if byte != b' ' {
            rest = rest.strip_prefix(&[byte])?;
        } else if before != b' ' {
            let behind = without_blanks_before(rest);
            if behind.len() == rest.len() {
                return None;
            }
            rest = behind;
        }
        before = byte;
    }
    Some(rest)
}

/// The length of the text without the literal at its end; the brackets that close the literal may have been cut.
fn without_closing(text: &[u8], literal: &[u8]) -> Option<usize> {
    if let ([quote], [rest @ .., last]) = (literal, text)
        && quote == last
    {
        return Some(rest.len());
    }
    let brackets = literal.iter().rev().take_while(|byte| matches!(byte, b'}' | b']' | b' ')).count();
    let end = |length: usize| text.strip_suffix(&literal[..length]).map(<[u8]>::len);
    end(literal.len()).or_else(|| if 0 < brackets { end(literal.len() - brackets) } else { None })
}

/// Whether a line was cut inside the brackets that close it, in which nothing is lost.
fn is_cut_closing(after: &[u8], behind: &[u8]) -> bool {
    after.strip_prefix(behind).is_some_and(|cut| cut.iter().all(|byte| matches!(byte, b'}' | b']' | b' ')))
}

/// The place of a byte that is near more often than far: the first sixteen bytes are looked at in two words (Hacker's
/// Delight, 6-1), which is over before a search for long texts has begun.
#[inline]
fn find(text: &[u8], byte: u8) -> Option<usize> {
    for at in [0, 8] {
        let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) else { break };
        let zeroed = u64::from_le_bytes(*chunk) ^ (u64::from(byte) * LOW_BITS);
        // A borrow may mark bytes above the first that is zero, never one below it.
        let marks = zeroed.wrapping_sub(LOW_BITS) & !zeroed & (LOW_BITS << 7);
        if marks != 0 {
            return Some(at + marks.trailing_zeros() as usize / 8);
        }
    }
    memchr(byte, text)
}

/// The lowest bit of each byte of a word.
const LOW_BITS: u64 = 0x0101_0101_0101_0101;

/// The most blanks that align a field to the right.
const PADDING_BYTES_MAX: usize = 32;

fn without_padding(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take(PADDING_BYTES_MAX).take_while(|byte| **byte == b' ').count();
    &text[blanks..]
}

fn without_blanks_before(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| **byte == b' ').count();
    &text[blanks..]
}

pub(super) fn without_blanks_behind(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|byte| **byte == b' ').count();
    &text[..text.len() - blanks]
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::log_format;

    const LAYOUTS: [&str; 9] = [
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
        "$http_x_forwarded_for $remote_user [$time_local] $upstream_addr $upstream_status $http_user_agent",
        "log_format x escape=json '{\"a\":\"$remote_addr\",\"r\":\"$request\",\"s\":$status,\"u\":\"$http_user_agent\"}'",
        "%t %{X-Forwarded-For}i %{X-AUSERNAME}o %I %h %r %s %Dms %b %{Referer}i %{User-Agent}i",
        r#"%{%d/%b/%Y %T}t.%{msec_frac}t "%m %U%q" %a:%{remote}p <-> %A:%p %u %D"#,
        r#"%>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh"#,
        "%{Referer}>h %6tr %ts.%03tu %ru %Ss/%03>Hs",
        r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%" %RESPONSE_CODE% "%REQ(USER-AGENT)%" %DURATION%"#,
        "%ci:%cp [%tr] %ft %b/%s %TR/%Ta %ST %CC %hr %hs %{+Q}r",
    ];

    /// Pieces that lines are made of, the hostile ones too.
    const PIECES: [&str; 20] = [
        " ",
        "  ",
        "\"",
        "\\",
        "\\\"",
        "-",
        "[",
        "]",
        "{",
        "}",
        ", ",
        " : ",
        ":",
        "200",
        "17.5",
        "192.0.2.7",
        "2001:db8::1",
        "[10/Oct/2000:13:55:36 -0700]",
        "GET /a?b HTTP/1.1",
        "\u{e9}",
    ];

    #[test]
    fn no_line_costs_more_than_its_length() {
        let begun = Instant::now();
        for layout in LAYOUTS {
            let format = log_format(layout).unwrap();
            for piece in PIECES {
                let line = format!("192.0.2.7 - {}", piece.repeat(1_000_000 / piece.len()));
                let _ = format.parse(line.as_bytes());
            }
        }
        // Were one of them quadratic, it would take minutes.
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_line_values_are_slices_of_it(pieces in prop::collection::vec(0..PIECES.len(), 0..40)) {
            let line: String = pieces.into_iter().map(|at| PIECES[at]).collect();
            let bounds = line.as_bytes().as_ptr_range();
            for layout in LAYOUTS {
                let format = log_format(layout).unwrap();
                if let Ok(Some(record)) = format.parse(line.as_bytes()) {
                    let values = [record.client, record.user, record.request, record.target, record.referer, record.agent];
                    for value in values.into_iter().flatten().filter(|value| !value.is_empty()) {
                        prop_assert!(bounds.contains(&value.as_ptr()));
                    }
                    format.further(line.as_bytes(), &record, &mut |_, _| {});
                }
            }
        }
    }

    #[test]
    fn a_byte_is_found_where_a_plain_search_finds_it() {
        for length in 0..40 {
            for at in 0..length {
                // The bytes beside the one that is looked for are those that a borrow could take for it.
                let mut text = vec![b'!'; length];
                text[at] = b' ';
                assert_eq!(find(&text, b' '), Some(at));
                text[at] = 0xA0;
                assert_eq!(find(&text, b' '), None);
            }
        }
        assert_eq!(find(b" !  ", b' '), Some(0));
    }
}
