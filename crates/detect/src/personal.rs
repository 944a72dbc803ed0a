//! Routes that name what belongs to one person each.

use std::sync::LazyLock;

use hashbrown::HashSet;

use crate::decode;
use crate::target::Target;

/// The words: one a line, its language, and a comment.
const WORDS: &str = include_str!("../catalog/personal-words.txt");

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

/// The word of the list that a segment is, or is the plural of. Scripts without blanks write several in one.
fn known(segment: &str) -> Option<&'static str> {
    static LIST: LazyLock<List> = LazyLock::new(List::new);
    let plain = |stem: &str| LIST.words.get(stem).copied();
    if let Some(word) = plain(segment) {
        return Some(word);
    }
    let plural = ["s", "es", "en", "n"].into_iter().find_map(|ending| plain(segment.strip_suffix(ending)?));
    let of_y = || segment.strip_suffix("ies").and_then(|stem| plain(&format!("{stem}y")));
    let written_together = || match segment.is_ascii() {
        true => None,
        false => LIST.other_scripts.iter().find(|word| segment.contains(**word)).copied(),
    };
    plural.or_else(of_y).or_else(written_together)
}

/// The words, as they are looked for.
struct List {
    words: HashSet<&'static str>,
    /// Those that are not of Latin letters alone, in the order of the list.
    other_scripts: Vec<&'static str>,
}

impl List {
    fn new() -> List {
        let words =
            || WORDS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_whitespace().next());
        List { words: words().collect(), other_scripts: words().filter(|word| !word.is_ascii()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
