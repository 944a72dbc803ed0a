//! How long something took, as programs write it: a number of units, or a text that names its units.
//!
//! Which unit a bare number counts is the affair of its key. A text with units says it itself, and is believed whatever
//! the key is: `12ms`, `0.005192s`, `12.5 ms`; Go writes several one behind the other, `1m2.5s` (`time.Duration.String`),
//! and its microseconds with either of the two letters that look like a mu.

use crate::grammar::{number, whole_number};

use super::fields::decimal;

/// The nanoseconds of a number of units of so many, or of a text that names its units.
pub(crate) fn of(text: &[u8], unit: f64) -> Option<u64> {
    match whole_number(text) {
        Some(number) => number.checked_mul(unit as u64),
        // To the nearest: `0.598` seconds are not 597,999,999 nanoseconds.
        None => match decimal(text, unit) {
            Some(nanos) => Some(nanos.round() as u64),
            None => with_units(text),
        },
    }
}

/// The nanoseconds of a text that names the unit of each of its numbers.
pub(super) fn with_units(text: &[u8]) -> Option<u64> {
    let (mut sum, mut rest) = (0_u64, text.trim_ascii());
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let (count, behind) = rest.split_at(digits);
        number(count)?;
        let behind = behind.trim_ascii_start();
        let (unit, behind) = UNITS.iter().find_map(|(name, unit)| Some((*unit, behind.strip_prefix(*name)?)))?;
        sum = sum.checked_add(decimal(count, unit)?.round() as u64)?;
        rest = behind;
    }
    Some(sum)
}

/// The units and their nanoseconds, those first that begin as another does.
///
/// Encoders that write ASCII alone escape the mu.
const UNITS: [(&[u8], f64); 10] = [
    (b"ms", 1e6),
    (b"us", 1e3),
    (b"\xC2\xB5s", 1e3),
    (b"\xCE\xBCs", 1e3),
    (br"\u00b5s", 1e3),
    (br"\u03bcs", 1e3),
    (b"ns", 1.0),
    (b"s", 1e9),
    (b"m", 60e9),
    (b"h", 3600e9),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_its_units() {
        for (text, want) in [
            ("12ms", 12_000_000),
            ("12.5 ms", 12_500_000),
            ("0.005192s", 5_192_000),
            ("350\u{b5}s", 350_000),
            ("350\u{3bc}s", 350_000),
            ("350us", 350_000),
            ("7ns", 7),
            ("1m2.5s", 62_500_000_000),
            ("1h0m1s", 3_601_000_000_000),
        ] {
            assert_eq!(with_units(text.as_bytes()), Some(want), "{text}");
        }
        for text in ["", "12", "ms", "12 apples", "1.s2", "-1ms", "12ms x", "99999999999h"] {
            assert_eq!(with_units(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_bare_number_counts_the_units_of_its_key() {
        assert_eq!(of(b"12", 1e6), Some(12_000_000));
        assert_eq!(of(b"0.598", 1e9), Some(598_000_000));
        assert_eq!(of(b"12ms", 1e9), Some(12_000_000), "what it says itself is believed");
        assert_eq!(of(b"-1", 1e9), None);
    }
}
