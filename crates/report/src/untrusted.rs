//! The one door for text that strangers wrote.
//!
//! Text of a log, and the name of a file, is obeyed by terminals, pages, sheets and whoever reads a report by program. That
//! each form of report escapes it as its medium asks was so by care; here the compiler holds it. [`Untrusted`] cannot be
//! displayed, compared with a `str`, nor lent as one: the ways out are the methods below, one a medium, and each of them
//! escapes. What is made of it stays behind the door ([`Untrusted::map`], [`Telling`]), and who asks something of it
//! ([`Untrusted::is`]) gets a yes or a no: both take plain functions, which cannot carry a text away.
//!
//! JSON is the medium of its `Serialize`: the row holds the text itself, which JSON's own escaping fences, and
//! [`write_line`](crate::json::write_line) spells what is not seen.
//!
//! ```compile_fail,E0277
//! let target = report::Untrusted::of(b"\x1b[2J");
//! let leaked = format!("{target}");
//! ```
//!
//! ```compile_fail,E0277
//! let target = report::Untrusted::of(b"\x1b[2J");
//! let leaked: &str = AsRef::as_ref(&target);
//! ```
//!
//! ```compile_fail,E0308
//! let target = report::Untrusted::of(b"\x1b[2J");
//! let leaked: &str = &target;
//! ```
//!
//! ```compile_fail,E0599
//! let target = report::Untrusted::of(b"\x1b[2J");
//! let leaked = target.to_string();
//! ```
//!
//! ```compile_fail,E0616
//! let target = report::Untrusted::of(b"\x1b[2J");
//! let leaked = target.0;
//! ```
//!
//! ```
//! let target = report::Untrusted::of(b"\x1b[2J");
//! assert_eq!(target.on_terminal().to_string(), "\\x1b[2J");
//! assert_eq!(format!("{target:?}"), "\"\\\\x1b[2J\"");
//! ```

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Redactor;
use crate::document::Span;
use crate::show::Shown;
use crate::{cells, fitted, html, json, markdown, sarif, show, sigma, stix};

/// Text of a log, or the name of a file: secrets cut, bytes that are no UTF-8 spelt, and nothing else undone.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untrusted(String);

impl Untrusted {
    /// Bytes of a log, secrets cut.
    pub fn of(bytes: &[u8]) -> Untrusted {
        Untrusted(json::text(bytes))
    }

    /// The name of a file.
    pub fn of_path(path: &Path) -> Untrusted {
        Untrusted::of(path.as_os_str().as_encoded_bytes())
    }

    /// As it is shown on a terminal.
    pub fn on_terminal(&self) -> impl fmt::Display + '_ {
        Shown(self.0.as_bytes())
    }

    /// As it is shown on a terminal, cut in the middle to at most `width` characters.
    pub fn shortened(&self, width: usize) -> String {
        show::shortened(self.0.as_bytes(), width)
    }

    /// As the name of a file that is to be opened.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }

    /// As bytes, to be compared with those of a log.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.clone().into_bytes()
    }

    /// As a cell of a table.
    pub fn in_cell(&self) -> String {
        cells::text(&self.0)
    }

    /// Between the elements of a page, or in a quoted attribute.
    pub fn in_html(&self) -> String {
        html::escaped(&self.0)
    }

    /// A path as a reference to a URI.
    pub fn in_uri(&self) -> String {
        sarif::uri(&self.0)
    }

    /// As a code span of Markdown.
    pub fn in_code(&self) -> String {
        markdown::code(&self.0)
    }

    /// As a sentence of Markdown: what it quotes stands in code spans.
    pub fn in_prose(&self) -> String {
        markdown::prose(&self.0)
    }

    /// As a scalar of YAML.
    pub fn in_yaml(&self) -> String {
        sigma::quoted(&self.0)
    }

    /// As a string in a pattern of STIX.
    pub fn in_pattern(&self) -> String {
        stix::literal(&self.0)
    }

    /// Its beginning, in so many bytes as JSON spells it, and how many bytes of it are left out.
    pub(crate) fn beginning(&self, bytes_max: usize) -> (Untrusted, usize) {
        let (own, rest) = fitted::split(&self.0, bytes_max);
        (own.into(), rest.len())
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a question comes to.
    pub(crate) fn is(&self, question: fn(&str) -> bool) -> bool {
        question(&self.0)
    }

    /// What can be made of it, still behind the door.
    pub(crate) fn map(&self, make: fn(&str) -> String) -> Untrusted {
        Untrusted(make(&self.0))
    }

    /// As [`Untrusted::map`], where nothing may come of it.
    pub(crate) fn and_then(&self, make: fn(&str) -> Option<String>) -> Option<Untrusted> {
        make(&self.0).map(Untrusted)
    }

    /// The text before a part of it, the part, and the text behind it; `None` if it is no part.
    pub(crate) fn split(&self, span: Span) -> Option<[Untrusted; 3]> {
        let (before, part, after) = span.split(&self.0)?;
        Some([before, part, after].map(Untrusted::from))
    }

    /// Where a part of it stands once it is redacted; `None` if it is no part.
    pub(crate) fn part_redacted(&self, span: Span, redactor: &Redactor) -> Option<Span> {
        redactor.moved(span, &self.0)
    }

    /// The path and the query of a target.
    pub(crate) fn split_query(&self) -> (Untrusted, Option<Untrusted>) {
        match self.0.split_once('?') {
            Some((path, query)) => (path.into(), Some(query.into())),
            None => (self.clone(), None),
        }
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Untrusted {
        Untrusted(text.to_owned())
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Untrusted {
        Untrusted(text)
    }
}

/// Escaped, so that a document can be printed when a test fails.
impl fmt::Debug for Untrusted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}", Shown(self.0.as_bytes()).to_string())
    }
}

/// A sentence of ours that holds text of strangers, which makes it one of theirs.
#[derive(Default)]
pub(crate) struct Telling(String);

impl Telling {
    /// Says words of ours.
    pub(crate) fn own(mut self, words: impl fmt::Display) -> Telling {
        self.0.push_str(&words.to_string());
        self
    }

    /// Says words of a stranger.
    pub(crate) fn text(mut self, text: &Untrusted) -> Telling {
        self.0.push_str(&text.0);
        self
    }

    /// The sentence.
    pub(crate) fn finish(self) -> Untrusted {
        Untrusted(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_the_text_itself_and_gives_it_back() {
        let text = Untrusted::from("a\u{202e}\x1b\"b");
        let json = serde_json::to_string(&text).unwrap();
        assert_eq!(json, serde_json::to_string("a\u{202e}\x1b\"b").unwrap());
        assert!(serde_json::from_str::<Untrusted>(&json).unwrap() == text);
    }

    #[test]
    fn every_way_out_escapes() {
        let text = Untrusted::from("=\x1b[31m`|<\u{202e}'\"");
        let ways = [
            text.on_terminal().to_string(),
            text.shortened(99),
            text.in_cell(),
            text.in_code(),
            text.in_prose(),
            text.in_yaml(),
            format!("{text:?}"),
        ];
        for way in ways {
            assert!(!way.contains(['\x1b', '\u{202e}']), "{way}");
        }
    }

    #[test]
    fn every_way_out_gives_the_whole_text_as_its_medium_writes_it() {
        let text = Untrusted::of(b"<a> 'b'\xff");
        assert_eq!(text.in_html(), "&lt;a&gt; &#39;b&#39;\\xff");
        let separator = if cfg!(windows) { "/" } else { "%5C" };
        assert_eq!(text.in_uri(), format!("%3Ca%3E%20'b'{separator}xff"));
        assert_eq!(text.in_pattern(), "'<a> \\'b\\'\\\\xff'");
        assert_eq!(text.in_yaml(), "\"<a> 'b'\\\\xff\"");
        assert_eq!(text.in_code(), "`<a> 'b'\\xff`");
        assert_eq!(text.in_prose(), "`<a>` `'b'\\xff`");
        assert_eq!(text.in_cell(), "<a> 'b'\\xff");
        assert_eq!(text.to_bytes(), b"<a> 'b'\\xff");
        assert_eq!(format!("{text:?}"), "\"<a> 'b'\\\\xff\"");
        assert_eq!(text, Untrusted::from("<a> 'b'\\xff".to_owned()));
        assert_eq!(text.as_path(), Path::new("<a> 'b'\\xff"));
    }

    #[test]
    fn what_is_taken_in_is_without_secrets() {
        assert_eq!(Untrusted::of(b"/a?token=abcdefghij").in_cell(), "/a?token=abcd****");
        assert_eq!(Untrusted::of_path(Path::new("logs/a\x1b")).in_cell(), "logs/a\\x1b");
    }

    #[test]
    fn what_is_asked_of_a_text_or_made_of_it_is_of_that_text() {
        let text = Untrusted::from("/a?b=1?c");
        assert_eq!((text.is_empty(), Untrusted::default().is_empty()), (false, true));
        assert_eq!((text.is(|text| text.contains('?')), text.is(str::is_empty)), (true, false));
        assert_eq!(text.map(str::to_uppercase), "/A?B=1?C".into());
        assert_eq!(text.and_then(|text| text.strip_prefix('/').map(str::to_owned)), Some("a?b=1?c".into()));
        assert_eq!(text.and_then(|_| None), None);
        assert_eq!(text.split_query(), ("/a".into(), Some("b=1?c".into())));
        assert_eq!(Untrusted::from("/a").split_query(), ("/a".into(), None));
        assert_eq!(text.split(Span { start: 7, length: 2 }), None, "it reaches over the end");
    }

    #[test]
    fn a_part_is_found_again_when_what_stands_before_it_was_replaced() {
        let text = Untrusted::from("/users/alice?url=file:///etc/passwd");
        let redactor = Redactor::new(b"a key of sixteen bytes or more");
        let moved = text.part_redacted(Span { start: 17, length: 18 }, &redactor).unwrap();
        assert_eq!((moved.start, moved.length), (17 + "id-01234567".len() - "alice".len(), 18));
        assert_eq!(text.part_redacted(Span { start: 17, length: 19 }, &redactor), None);
    }

    #[test]
    fn a_sentence_with_text_of_strangers_is_theirs() {
        let told = Telling::default().own("saw ").text(&Untrusted::from("\x07")).own(3).finish();
        assert_eq!(told.on_terminal().to_string(), "saw \\x073");
        assert_eq!(
            told.split(Span { start: 0, length: 3 }).unwrap().map(|part| part.shortened(9)).concat(),
            "saw \\x073"
        );
    }
}
