//! How states that hold the program's own phrases are written down and read back.
//!
//! What a format is called, what was expected of a line, what a file holds: these are texts of the program, and states hold
//! them by reference. Read back, a text is looked for among those that were read before, and kept for as long as the
//! program runs where it is new. Texts that come from outside are strangers': only so many are taken, and none that is long.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text of the program. By this name, as what is derived of a plain reference would borrow it from what is read.
pub type Phrase = &'static str;

/// How many different phrases are taken, at most.
const PHRASES_MAX: usize = 1 << 14;

/// How long a phrase may be, in bytes.
const PHRASE_BYTES_MAX: usize = 1 << 10;

static PHRASES: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);

/// The phrase that reads so; `None` where it is too long, or there are too many.
fn phrase_of(text: &str) -> Option<&'static str> {
    let mut phrases = PHRASES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(phrase) = phrases.get(text) {
        return Some(phrase);
    }
    if PHRASE_BYTES_MAX < text.len() || PHRASES_MAX <= phrases.len() {
        return None;
    }
    let phrase: &'static str = Box::leak(text.into());
    phrases.insert(phrase);
    Some(phrase)
}

fn refused<E: serde::de::Error>(text: &str) -> impl FnOnce() -> E {
    move || E::custom(format_args!("a phrase of {} bytes is none of the program's", text.len()))
}

/// One phrase.
pub mod phrase {
    use super::*;

    /// Writes it.
    ///
    /// # Errors
    ///
    /// The serializer's.
    pub fn serialize<S: Serializer>(phrase: &&'static str, out: S) -> Result<S::Ok, S::Error> {
        phrase.serialize(out)
    }

    /// Reads it back.
    ///
    /// # Errors
    ///
    /// The deserializer's, and a text that can be no phrase.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<&'static str, D::Error> {
        let text = String::deserialize(from)?;
        phrase_of(&text).ok_or_else(refused(&text))
    }
}

/// Phrases, each with a count, in order.
pub mod counts {
    use super::*;

    /// Writes them.
    ///
    /// # Errors
    ///
    /// The serializer's.
    pub fn serialize<S: Serializer>(counts: &[(&'static str, u64)], out: S) -> Result<S::Ok, S::Error> {
        counts.serialize(out)
    }

    /// Reads them back.
    ///
    /// # Errors
    ///
    /// The deserializer's, texts that can be no phrases, and phrases out of order.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(&'static str, u64)>, D::Error> {
        let counts: Vec<(String, u64)> = Vec::deserialize(from)?;
        if !counts.is_sorted_by(|one, other| one.0 < other.0) {
            return Err(D::Error::custom("phrases out of order"));
        }
        counts.into_iter().map(|(text, count)| Ok((phrase_of(&text).ok_or_else(refused(&text))?, count))).collect()
    }
}

/// One phrase, where there is one.
pub mod optional_phrase {
    use super::*;

    /// Writes it.
    ///
    /// # Errors
    ///
    /// The serializer's.
    pub fn serialize<S: Serializer>(phrase: &Option<&'static str>, out: S) -> Result<S::Ok, S::Error> {
        phrase.serialize(out)
    }

    /// Reads it back.
    ///
    /// # Errors
    ///
    /// The deserializer's, and a text that can be no phrase.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'static str>, D::Error> {
        let text: Option<String> = Option::deserialize(from)?;
        text.map(|text| phrase_of(&text).ok_or_else(refused(&text))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_found_again_and_no_long_text_is_one() {
        let one = phrase_of("a phrase of this test").unwrap();
        assert!(std::ptr::eq(one, phrase_of("a phrase of this test").unwrap()));
        assert!(phrase_of(&"x".repeat(PHRASE_BYTES_MAX)).is_some());
        assert_eq!(phrase_of(&"x".repeat(PHRASE_BYTES_MAX + 1)), None);
    }
}
