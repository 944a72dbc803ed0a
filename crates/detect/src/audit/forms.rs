//! The forms of what belongs to a person: addresses of mail, telephone and card numbers, national numbers.

/// Whether a text is an address of mail in its common form (RFC 5321, section 4.1.2, quotes left out).
pub(super) fn is_mail(text: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'@', text) else { return false };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let is_local = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(byte);
    let labels: Vec<&[u8]> = domain.split(|byte| *byte == b'.').collect();
    let is_label =
        |label: &&[u8]| !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let is_top = labels.last().is_some_and(|top| 2 <= top.len() && top.iter().all(u8::is_ascii_alphabetic));
    // `logo@2x.png` is a picture for fine screens.
    let is_picture = labels.last().is_some_and(|top| {
        [&b"png"[..], b"jpg", b"jpeg", b"webp", b"gif", b"svg", b"avif", b"js", b"css"]
            .iter()
            .any(|end| top.eq_ignore_ascii_case(end))
    });
    (1..=64).contains(&local.len())
        && local.iter().all(is_local)
        && 2 <= labels.len()
        && labels.iter().all(is_label)
        && is_top
        && !is_picture
}

/// The digits of a number, if it is nothing but digits, blanks, hyphens, dots and parentheses, a plus before them or not.
pub(super) fn digits(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let is_part = |byte: &u8| byte.is_ascii_digit() || b" -().".contains(byte);
    let found: Vec<u8> = text.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0').collect();
    (text.iter().all(is_part) && !found.is_empty()).then_some(found)
}

/// Whether digits may be a card number by its issuer and its length (ISO/IEC 7812), the check digit not asked.
pub(super) fn is_card_shape(digits: &[u8]) -> bool {
    let start = |count: usize| digits.iter().take(count).fold(0_u32, |sum, digit| sum * 10 + u32::from(*digit));
    match digits.len() {
        15 => matches!(start(2), 34 | 37),
        16 => {
            start(1) == 4
                || (51..=55).contains(&start(2))
                || (2221..=2720).contains(&start(4))
                || (3528..=3589).contains(&start(4))
                || start(4) == 6011
                || start(2) == 65
        }
        _ => false,
    }
}

/// Whether the check digit of a card number holds (Luhn; ISO/IEC 7812-1, annex B).
pub(super) fn is_luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit < 5 { digit * 2 } else { digit * 2 - 9 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| u32::from(if place % 2 == 1 { doubled(*digit) } else { *digit }))
        .sum();
    sum.is_multiple_of(10)
}

/// Whether the check digit of twelve digits holds as that of a Japanese Individual Number does (ordinance on the
/// Individual Number, article 5).
pub(super) fn is_my_number(digits: &[u8]) -> bool {
    let [body @ .., check] = digits else { return false };
    if body.len() != 11 {
        return false;
    }
    // The place is counted from the check digit: 2 to 7, then 2 to 6.
    let weight = |place: usize| if place < 6 { place as u32 + 2 } else { place as u32 - 4 };
    let sum: u32 = body.iter().rev().enumerate().map(|(place, digit)| u32::from(*digit) * weight(place)).sum();
    let want = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    u32::from(*check) == want
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<u8> {
        digits(text.as_bytes()).unwrap()
    }

    #[test]
    fn mail_is_told_from_pictures_and_handles() {
        assert!(is_mail(b"taro.yamada+shop@mail.example.co.jp"));
        for text in ["logo@2x.png", "@user", "a@b", "a@b.1", "a b@c.de", "a@.de", "user@host@c.de"] {
            assert!(!is_mail(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn the_check_digit_of_a_card_is_asked() {
        assert!(is_card_shape(&of("4111 1111 1111 1111")) && is_luhn(&of("4111-1111-1111-1111")));
        assert!(is_luhn(&of("378282246310005")) && is_card_shape(&of("378282246310005")));
        assert!(!is_luhn(&of("4111111111111112")));
        assert!(!is_card_shape(&of("1711111111111111")), "a time in microseconds is no card");
        assert_eq!(digits(b"4111x"), None);
    }

    #[test]
    fn the_check_digit_of_an_individual_number_is_asked() {
        // 1*6+2*5+3*4+4*3+5*2 + 6*7+7*6+8*5+9*4+0*3+1*2 = 212; 212 mod 11 = 3; 11 - 3 = 8.
        assert!(is_my_number(&of("123456789018")));
        assert!(!is_my_number(&of("123456789017")));
        assert!(!is_my_number(&of("12345678901")));
    }
}
