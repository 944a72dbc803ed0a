//! Routes that name what belongs to one person each.

use std::sync::LazyLock;

use hashbrown::HashMap;

use crate::decode;
use crate::target::Target;

/// The words: one a line, its language, and a comment.
const WORDS: &str = include_str!("../catalog/personal-words.txt");

fn words() -> impl Iterator<Item = &'static str> {
    WORDS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_whitespace().next())
}

/// The words, and the place of each in the list.
static PLACES: LazyLock<HashMap<&str, usize>> =
    LazyLock::new(|| words().enumerate().map(|(place, word)| (word, place)).collect());

/// Those of scripts other than ASCII, with their places.
static OTHER_SCRIPTS: LazyLock<Vec<(usize, &str)>> =
    LazyLock::new(|| words().enumerate().filter(|(_, word)| !word.is_ascii()).collect());

/// The word by which a path names what is of one person each, if it has one: `order` of `/api/v1/orders/7`.
///
/// Paths in other scripts are percent-encoded in a log (RFC 3986, 2.5), so that is undone first.
pub(crate) fn word(path: &[u8]) -> Option<&'static str> {
    let plain = decode::percent(path);
    let text = String::from_utf8_lossy(plain.as_deref().unwrap_or(path)).to_lowercase();
    text.split(|letter: char| !letter.is_alphabetic()).find_map(known)
}

/// The word by which a target does so: in its path, or in the name of a parameter.
pub(crate) fn word_of(target: &Target<'_>) -> Option<&'static str> {
    word(target.path).or_else(|| target.params().find_map(|param| word(param.name)))
}

/// The first word of the list that a segment is, or is the plural of. Scripts without blanks write several in one.
fn known(segment: &str) -> Option<&'static str> {
    let place = |word: &str| PLACES.get(word).copied();
    let of_plural = |plural: &&str| segment.strip_suffix(*plural).and_then(place);
    let plurals = ["", "s", "es", "en", "n"].iter().filter_map(of_plural);
    let of_y = segment.strip_suffix("ies").and_then(|stem| place(&format!("{stem}y")));
    let others = if segment.is_ascii() { &[] } else { &OTHER_SCRIPTS[..] };
    let within = others.iter().find(|(_, word)| segment.contains(word)).map(|(place, _)| *place);
    plurals.chain(of_y).chain(within).min().and_then(|place| words().nth(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_as_by_going_through_the_list() {
        let plainly = |segment: &str| {
            words().find(|word| {
                let rest = segment.strip_prefix(*word);
                let is_plural_of_y =
                    || segment.strip_suffix("ies").is_some_and(|stem| word.strip_suffix('y') == Some(stem));
                matches!(rest, Some("" | "s" | "es" | "en" | "n"))
                    || is_plural_of_y()
                    || !word.is_ascii() && segment.contains(*word)
            })
        };
        let bare: Vec<&str> = words().collect();
        assert_eq!(bare.len(), PLACES.len(), "no word stands twice");
        for word in bare {
            let stem = word.strip_suffix('y').unwrap_or(word);
            for segment in [word.to_owned(), format!("{stem}ies"), format!("x{word}"), format!("{word}x")] {
                assert_eq!(known(&segment), plainly(&segment), "{segment}");
            }
            for ending in ["s", "es", "en", "n", "ns"] {
                let segment = format!("{word}{ending}");
                assert_eq!(known(&segment), plainly(&segment), "{segment}");
            }
        }
    }

    #[test]
    fn a_plural_is_the_same_word() {
        assert_eq!(word(b"/api/v1/orders/500401"), Some("order"));
        assert_eq!(word(b"/v2/Delivery_Address/7"), Some("delivery"));
        assert_eq!(word(b"/histories/1"), Some("history"));
        assert_eq!(word(b"/mein/Bestellungen/7"), Some("bestellung"));
        assert_eq!(word(b"/petsAndMore"), None);
        assert_eq!(word(b"/products/1107-starter"), None);
    }

    #[test]
    fn another_script_is_read_through_its_encoding() {
        assert_eq!(word("/マイページ/注文履歴/7".as_bytes()).map(str::len), Some("注文".len()));
        assert_eq!(word(b"/%E6%B3%A8%E6%96%87/7000001"), Some("注文"));
        assert_eq!(word(b"/%E5%95%86%E5%93%81/7000001"), None, "goods are everybody's");
        assert_eq!(word(b"/%ff%fe/%E6%B3"), None);
    }
}
