//! Addresses, seen at once.
//!
//! Whether a word is an address is asked of every field that nobody gave a name, of hosts and of lists that proxies write, so of
//! several words in a line. The standard library says what an address is; nearly all are of four small numbers, and of these
//! this says the same in a fifth of the time.

use memchr::memchr_iter;

/// Whether the word is an IP address.
pub(crate) fn is_address(word: &[u8]) -> bool {
    // What is no address of four numbers has two colons, or is none.
    let may_be_other = || 2 <= memchr_iter(b':', word).take(2).count();
    is_dotted(word) || may_be_other() && by_library(word)
}

fn by_library(word: &[u8]) -> bool {
    std::str::from_utf8(word).is_ok_and(|word| word.parse::<std::net::IpAddr>().is_ok())
}

/// Whether the word is four numbers of at most 255 with points between, none with a zero in front.
fn is_dotted(word: &[u8]) -> bool {
    let (mut points, mut digits, mut value) = (0, 0, 0_u32);
    for byte in word {
        match byte {
            b'0'..=b'9' if digits == 0 || 0 < value => {
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                if 255 < value {
                    return false;
                }
            }
            b'.' if 0 < digits => (points, digits, value) = (points + 1, 0, 0),
            _ => return false,
        }
    }
    points == 3 && 0 < digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn an_address_is_what_the_library_says(
            dotted in r"(25[0-9]|[0-9]{1,3}|0[0-9]|[0-9]?)(\.(25[0-9]|[0-9]{1,3}|0[0-9]|[0-9]?)){2,4}",
            other in "[0-9a-f:.%\\[ ]{0,18}",
            colons in "([0-9a-f]{0,4}:){2,7}([0-9a-f]{0,4}|192\\.0\\.2\\.7)",
        ) {
            for word in [dotted, other, colons] {
                prop_assert_eq!(is_address(word.as_bytes()), by_library(word.as_bytes()), "{}", word);
            }
        }
    }

    #[test]
    fn the_ends_of_what_is_an_address() {
        for word in ["0.0.0.0", "255.255.255.255", "1.2.3.4", "::", "::1", "::ffff:192.0.2.7", "2001:db8::1"] {
            assert!(is_address(word.as_bytes()), "{word}");
        }
        for word in ["", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1..2.3", "1.2.3.4 ", "a.b.c.d", ":", "1:2"] {
            assert!(!is_address(word.as_bytes()), "{word}");
        }
        assert!(!is_address(b"\xFF::1"));
    }
}
