//! Times, numbers and sizes as people read them.

use accesslog::Time;

use crate::show::instant;

/// A time to the second, without a zone: `2024-05-01 00:02:15`.
pub(crate) fn second(time: Time) -> String {
    instant(Time(time.0.saturating_sub(time.0.rem_euclid(1_000_000_000)))).replace('T', " ").replace('Z', "")
}

/// A time to the minute.
pub(crate) fn minute(time: Time) -> String {
    second(time).chars().take(16).collect()
}

/// A number with its thousands set apart.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if 0 < place && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size in the largest binary unit of which there is at least one.
pub(crate) fn size(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let power = (bytes.max(1).ilog2() as usize / 10).min(units.len() - 1);
    let tenths = u128::from(bytes) * 10 / (1 << (10 * power));
    if power == 0 { format!("{bytes} B") } else { format!("{}.{} {}", tenths / 10, tenths % 10, units[power]) }
}

/// What makes a noun a plural.
pub(crate) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Breaks text into lines of at most `width` characters, at blanks; a longer word is broken where it must be.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut room = width;
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        if room < word.len() + 1 && room < width {
            lines.push(String::new());
            room = width;
        }
        while width < word.len() {
            let rest = word.split_off(width);
            lines.last_mut().expect("there is a line").extend(word);
            lines.push(String::new());
            word = rest;
        }
        let line = lines.last_mut().expect("there is a line");
        if room < width {
            line.push(' ');
        }
        room = room.saturating_sub(word.len() + usize::from(room < width));
        line.extend(word);
        if room == width {
            // An empty word: two blanks in a row are kept.
            room -= 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_at_blanks() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one", 7), ["one"]);
        assert_eq!(wrapped("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        for width in 4..30 {
            assert!(
                wrapped("a bb  ccc dddd eeeee ffffff ggggggg hhhhhhhh", width)
                    .iter()
                    .all(|line| line.chars().count() <= width),
                "{width}"
            );
        }
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(
            (thousands(1_234_567), thousands(12), size(1536), size(7)),
            ("1,234,567".into(), "12".into(), "1.5 KiB".into(), "7 B".into())
        );
    }
}
