//! The one door to a page: markup is written by us, text by strangers.
//!
//! [`Markup::put`] takes only what stands in the program (`&'static str`), so that the compiler holds that no byte of
//! a log is ever markup. All else goes through [`Markup::say`], which shows what is not seen by its number, as on a
//! terminal, and escapes what HTML reads as markup in text and in quoted attributes alike. Data for scripts goes
//! through [`Markup::data`]: JSON in which nothing can end the element that it stands in.

use std::fmt::{self, Write};

use serde::Serialize;

use crate::Untrusted;
use crate::show::Shown;

/// A page that is being written.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// Writes markup.
    pub(super) fn put(&mut self, markup: &'static str) -> &mut Markup {
        self.0.push_str(markup);
        self
    }

    /// Writes text, a stranger's or not, between elements or in a quoted attribute.
    pub(super) fn say(&mut self, text: impl fmt::Display) -> &mut Markup {
        self.0.push_str(&escaped(&text.to_string()));
        self
    }

    /// Writes text of a log, as [`Markup::say`] does.
    pub(super) fn text(&mut self, text: &Untrusted) -> &mut Markup {
        self.0.push_str(&text.in_html());
        self
    }

    /// Writes a value as JSON, for a `<script type="application/json">`.
    pub(super) fn data(&mut self, value: &impl Serialize) -> &mut Markup {
        let json = serde_json::to_string(value).expect("plain values have a form in JSON");
        for letter in json.chars() {
            match letter {
                // Outside its strings JSON has none of these.
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    write!(self.0, "\\u{:04x}", u32::from(letter)).expect("memory can be written");
                }
                _ => self.0.push(letter),
            }
        }
        self
    }

    /// How much is written, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Adds what another holds.
    pub(super) fn add(&mut self, other: Markup) -> &mut Markup {
        self.0.push_str(&other.0);
        self
    }

    /// The whole of it.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// Text as it stands between elements or in a quoted attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    write!(Escaped(&mut out), "{}", Shown(text.as_bytes())).expect("memory can be written");
    out
}

/// Escapes what HTML reads as markup, in text and in attributes in double quotes.
struct Escaped<'o>(&'o mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                _ => self.0.push(letter),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let mut page = Markup::default();
        page.say(text);
        page.into_text()
    }

    #[test]
    fn text_is_never_markup() {
        assert_eq!(said("<b>&\"'"), "&lt;b&gt;&amp;&quot;&#39;");
        assert_eq!(said("\u{202e}\x1b[0m"), "&lt;U+202E&gt;\\x1b[0m");
        assert_eq!(said("検"), "検");
    }

    #[test]
    fn what_is_written_is_there_once_and_in_order() {
        let (mut page, mut rest) = (Markup::default(), Markup::default());
        rest.text(&Untrusted::from("<i>")).put("</p>");
        page.put("<p>").say(7).add(rest);
        assert_eq!(page.bytes(), "<p>7&lt;i&gt;</p>".len());
        assert_eq!(page.into_text(), "<p>7&lt;i&gt;</p>");
    }

    #[test]
    fn data_ends_no_element_and_is_read_back() {
        let value = "</script><!-- & \u{2028}\u{2029}\"";
        let mut page = Markup::default();
        page.data(&value);
        let json = page.into_text();
        assert_eq!(json, r#""\u003c/script\u003e\u003c!-- \u0026 \u2028\u2029\"""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), value);
    }
}
