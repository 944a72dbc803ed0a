//! Names that were drawn, known by where they stand.
//!
//! `/orders/Kx3f9a` and `/orders/search` are alike: six letters and digits, of which any text may be made. By itself such a
//! segment cannot be told from a word, and taken for words, drawn names make a route each: nothing on them is ordinary, and
//! whoever takes a thousand orders asks a thousand routes once. What tells is what else stands there: below one
//! parent nearly all are equally long, of the same letters, hardly any could be spoken, and there are many. So it is learnt from the
//! [`Openings`] of the logs, before the first record is taken in, and holds for the whole scan. A shape is then still a
//! function of the path alone, under the key of that scan.
//!
//! **What is not a name** stands there too: `/orders/search`. A word is what is asked for many times as often as names are, and
//! what is built of letters that names are not: small ones among names of capitals, or of nothing but small ones where names mix
//! both. Where names are of small letters and digits, a seventh of six have no digit: what is asked for seldom is a name then.
//!
//! **What comes later**, below a parent that the openings do not show, as a release renames it, is known where it is as long as
//! names of the service are, of such letters, and no word.
//!
//! **Its twin** is a folder of words of one length, the codes of airports or currencies: they are spoken or written without
//! digits among their letters, and stay words.
//!
//! **What a stranger can do**: ask for many names below a parent, in the openings, and be answered as if they were there. Then
//! others of that length below it are a route of one kind, as those of a service with such names are.

use accesslog::Record;
use hashbrown::HashMap;

use crate::hash::{Key, bit, hash, join};
use crate::profile::is_answer;
use crate::request::target_of;
use crate::route::below;
use crate::target::Target;

/// How long a drawn name is, in bytes: a longer one is known by itself.
const NAME_BYTES: std::ops::RangeInclusive<usize> = 4..=15;

/// From how many bytes on a name may hold `-` and `_`, as those drawn from 64 letters do.
const DASHED_BYTES_MIN: usize = 8;

/// How many names below a parent show that names are drawn there, at least, and how many of these are no words.
const NAMES_MIN: usize = 12;
const STRANGE_MIN: usize = 8;

/// How many places are known at most, and how many words that stand among names.
const PLACES_MAX: usize = 64;
const WORDS_MAX: usize = 256;

/// Of how many names one with a small letter shows that they are drawn from these, and one with a capital.
const LETTERS_SHARE: usize = 8;

/// How deep places may stand below each other.
const ROUNDS_MAX: usize = 4;

/// How many times as often as the middle one of the names, and once more, a word is asked for.
const WORD_TIMES: u32 = 8;

/// Where in paths names are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// The groups of the parents, by their bits.
    groups: u64,
    /// How long names are anywhere, a bit for each length.
    lengths: u32,
    /// By their parents, ascending.
    places: Vec<Place>,
    /// The words that stand among names, each with its parent, ascending.
    words: Vec<u64>,
}

/// Of which letters some names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Letters {
    small: bool,
    capital: bool,
}

impl Letters {
    fn of(segment: &[u8]) -> Letters {
        let has = |of: fn(&u8) -> bool| segment.iter().any(of);
        Letters { small: has(u8::is_ascii_lowercase), capital: has(u8::is_ascii_uppercase) }
    }

    /// Whether there are no other letters in a text.
    fn can_spell(self, segment: &[u8]) -> bool {
        let Letters { small, capital } = Letters::of(segment);
        (self.small || !small) && (self.capital || !capital)
    }

    /// Whether what is built as a word is may be a name of these letters.
    fn may_spell(self, segment: &[u8]) -> bool {
        let is_mixed = self.small && self.capital;
        self.can_spell(segment) && (!is_mixed || segment.iter().any(|byte| !byte.is_ascii_lowercase()))
    }
}

/// A parent below which names are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// The shape of the path down to it.
    parent: u64,
    /// How long the names are, in bytes, or one more.
    length: usize,
    /// Whether there are small letters in names, and capitals.
    letters: Letters,
    /// How many were seen.
    names: usize,
}

impl Drawn {
    /// That they are nowhere.
    pub(crate) const NOWHERE: Drawn = Drawn { groups: 0, lengths: 0, places: Vec::new(), words: Vec::new() };

    /// Whether a segment below a parent, by the shape of the path down to it, is a drawn name.
    #[inline]
    pub(crate) fn names(&self, parent: u64, segment: &[u8]) -> bool {
        self.groups & bit(parent) != 0 && self.has(parent, segment) || self.has_as_long(segment)
    }

    /// Whether a segment is as names are elsewhere, and no word.
    #[inline]
    fn has_as_long(&self, segment: &[u8]) -> bool {
        let is_as_long = segment.len() <= *NAME_BYTES.end() && self.lengths >> segment.len() & 1 != 0;
        is_as_long && is_strange(segment) && self.places.iter().any(|place| place.letters.can_spell(segment))
    }

    fn has(&self, parent: u64, segment: &[u8]) -> bool {
        let Ok(place) = self.places.binary_search_by_key(&parent, |place| place.parent) else { return false };
        let Place { length, letters, .. } = self.places[place];
        (length..=length + 1).contains(&segment.len())
            && may_be_name(segment)
            && (!is_word_like(segment) || letters.may_spell(segment))
            && self.words.binary_search(&join(parent, hash(segment))).is_err()
    }

    /// The same, and what the paths show beyond it; `None` where that is nothing.
    fn learnt(&self, paths: &HashMap<Vec<u8>, u32>) -> Option<Drawn> {
        let mut parents: HashMap<u64, HashMap<&[u8], u32>> = HashMap::new();
        for (path, count) in paths {
            for (parent, segment) in below(path, self) {
                let counted = parents.entry(parent).or_default().entry(segment).or_default();
                *counted = counted.saturating_add(*count);
            }
        }
        parents.retain(|parent, _| self.places.iter().all(|place| place.parent != *parent));
        let mut found: Vec<(Place, Vec<u64>)> =
            parents.iter().filter_map(|(parent, children)| Place::of(*parent, children)).collect();
        found.sort_unstable_by_key(|(place, _)| (std::cmp::Reverse(place.names), place.parent));
        found.truncate(PLACES_MAX - self.places.len());
        if found.is_empty() {
            return None;
        }
        let mut all = self.clone();
        for (place, words) in found {
            all.groups |= bit(place.parent);
            all.lengths |= 1 << place.length;
            all.places.push(place);
            let room = WORDS_MAX - all.words.len();
            all.words.extend(words.into_iter().take(room));
        }
        all.places.sort_unstable_by_key(|place| place.parent);
        all.words.sort_unstable();
        Some(all)
    }
}

impl Place {
    /// What stands below a parent, if that is drawn names: where, and which words are among them.
    fn of(parent: u64, children: &HashMap<&[u8], u32>) -> Option<(Place, Vec<u64>)> {
        let length = most_common_length(children)?;
        let is_long = |segment: &[u8]| (length..=length + 1).contains(&segment.len()) && may_be_name(segment);
        let (mut strange, mut word_like): (Vec<u32>, Vec<(&[u8], u32)>) = (Vec::new(), Vec::new());
        let (mut small, mut capital) = (0, 0);
        for (segment, count) in children.iter().filter(|(segment, _)| is_long(segment)) {
            match is_word_like(segment) {
                true => word_like.push((segment, *count)),
                false => {
                    let letters = Letters::of(segment);
                    small += usize::from(letters.small);
                    capital += usize::from(letters.capital);
                    strange.push(*count);
                }
            }
        }
        if strange.len() < STRANGE_MIN {
            return None;
        }
        strange.sort_unstable();
        let often = strange[strange.len() / 2].saturating_add(1).saturating_mul(WORD_TIMES);
        let mut words: Vec<u64> =
            word_like.iter().filter(|(_, count)| often <= *count).map(|(word, _)| join(parent, hash(word))).collect();
        words.sort_unstable();
        let spoken = word_like.len() - words.len();
        let names = strange.len() + spoken;
        let are_drawn =
            NAMES_MIN <= names && spoken * 5 <= names * 2 && (children.len() - words.len()) * 3 <= names * 4;
        let letters = Letters {
            small: strange.len() <= small * LETTERS_SHARE,
            capital: strange.len() <= capital * LETTERS_SHARE,
        };
        are_drawn.then_some((Place { parent, length, letters, names }, words))
    }
}

/// The length that most of those have that may be names, where a few are longer by one.
fn most_common_length(children: &HashMap<&[u8], u32>) -> Option<usize> {
    let mut lengths = [0_usize; *NAME_BYTES.end() + 2];
    children.keys().filter(|segment| may_be_name(segment)).for_each(|segment| lengths[segment.len()] += 1);
    NAME_BYTES.max_by_key(|length| (lengths[*length] + lengths[length + 1], lengths[*length]))
}

/// Whether a segment is of the letters and digits that names are drawn from, and as long as they are.
fn may_be_name(segment: &[u8]) -> bool {
    let is_dashed = DASHED_BYTES_MIN <= segment.len();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || is_dashed && matches!(byte, b'-' | b'_');
    NAME_BYTES.contains(&segment.len()) && segment.iter().all(is_letter) && !segment.iter().all(u8::is_ascii_digit)
}

/// Whether a text is of the letters and digits of a drawn name, and no word.
pub(crate) fn is_strange(text: &[u8]) -> bool {
    may_be_name(text) && !is_word_like(text)
}

/// Whether a segment is built as words are, with a number behind them or not: `search`, `top10`, `USD`, `blue-shirt`,
/// `userProfile`.
fn is_word_like(segment: &[u8]) -> bool {
    segment.split(|byte| matches!(byte, b'-' | b'_')).all(|piece| {
        let digits = piece.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let letters = &piece[..piece.len() - digits];
        let is_vowel = |byte: &u8| b"aeiouyAEIOUY".contains(byte);
        let is_spoken = letters.len() < SPOKEN_BYTES_MIN || letters.iter().any(is_vowel);
        letters.iter().all(u8::is_ascii_alphabetic) && is_spoken && is_of_humps(letters)
    })
}

/// How many letters are spoken with a vowel among them, at least.
const SPOKEN_BYTES_MIN: usize = 5;

/// How many letters stand between two capitals of a name that is made of words, the first of these included, at least.
const HUMP_BYTES_MIN: usize = 3;

/// Whether letters change their case as those of words do: all alike, or each capital before some small letters.
fn is_of_humps(letters: &[u8]) -> bool {
    if letters.iter().all(u8::is_ascii_uppercase) {
        return true;
    }
    let humps = letters.chunk_by(|_, next| next.is_ascii_lowercase());
    humps.enumerate().all(|(number, hump)| HUMP_BYTES_MIN <= hump.len() || number == 0 && hump[0].is_ascii_lowercase())
}

/// The paths that the openings of logs hold, from which it is learnt where names are drawn.
///
/// Only what was answered counts: what is asked for in vain need not be there.
#[derive(Clone, Debug, Default)]
pub struct Openings {
    /// How often each path was asked for.
    paths: HashMap<Vec<u8>, u32>,
}

impl Openings {
    /// Takes in a record.
    pub fn observe(&mut self, record: &Record<'_>) {
        if !record.status.is_some_and(is_answer) {
            return;
        }
        let target = target_of(record);
        let path = Target::new(&target).path;
        let count = self.paths.entry_ref(path).or_default();
        *count = count.saturating_add(1);
    }

    /// Takes in what another saw.
    pub fn merge(&mut self, other: Openings) {
        for (path, count) in other.paths {
            let known = self.paths.entry(path).or_default();
            *known = known.saturating_add(count);
        }
    }

    /// The key of a scan of these logs, of that key made by their content.
    pub fn key(&self, key: Key) -> Key {
        let _scope = key.enter();
        let mut drawn = Drawn::NOWHERE;
        for _ in 0..ROUNDS_MAX {
            // What stands below a name is known when the name is.
            match drawn.learnt(&self.paths) {
                Some(more) => drawn = more,
                None => break,
            }
        }
        if drawn == Drawn::NOWHERE { key } else { key.with_drawn(drawn) }
    }
}

#[cfg(test)]
mod tests;
