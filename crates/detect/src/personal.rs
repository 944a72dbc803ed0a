//! Routes that name what belongs to one person each.

/// The words: one a line, its language, and a comment.
const WORDS: &str = include_str!("../catalog/personal-words.txt");

/// The word by which a path names what is of one person each, if it has one: `order` of `/api/v1/orders/7`.
pub(crate) fn word(path: &[u8]) -> Option<&'static str> {
    path.split(|byte| !byte.is_ascii_alphabetic()).find_map(known)
}

/// The word of the list that a segment is, or is the plural of.
fn known(segment: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(segment).ok()?.to_ascii_lowercase();
    let mut words =
        WORDS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_whitespace().next());
    words.find(|word| {
        let rest = text.strip_prefix(*word);
        let is_plural_of_y = || text.strip_suffix("ies").is_some_and(|stem| word.strip_suffix('y') == Some(stem));
        matches!(rest, Some("" | "s" | "es")) || is_plural_of_y()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plural_is_the_same_word() {
        assert_eq!(word(b"/api/v1/orders/500401"), Some("order"));
        assert_eq!(word(b"/v2/Delivery_Address/7"), Some("delivery"));
        assert_eq!(word(b"/histories/1"), Some("history"));
        assert_eq!(word(b"/petsAndMore"), None);
        assert_eq!(word(b"/products/1107-starter"), None);
    }
}
