//! How people write instants, spans and sizes.
//!
//! An instant is RFC 3339 (`2024-05-01T12:00:00+09:00`), a date and time in UTC (`2024-05-01 12:00`), a date, or a span
//! before now (`7d`, `12h 30m`). Nothing depends on the zone of the machine, as the report does not.

use std::time::Duration;

use accesslog::Time;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, SpanRelativeTo, Timestamp, ToSpan};

/// The first instant that `--since` takes in. A date alone stands for its beginning.
pub(crate) fn since(text: &str) -> Result<Time, String> {
    instant(text, Timestamp::now(), Date::to_owned)
}

/// The first instant that `--until` does not take in. A date alone stands for its end, so that the day is taken in.
pub(crate) fn until(text: &str) -> Result<Time, String> {
    instant(text, Timestamp::now(), |date| date.saturating_add(1.day()))
}

fn instant(text: &str, now: Timestamp, of_date: impl Fn(&Date) -> Date) -> Result<Time, String> {
    let text = text.trim();
    let in_utc = |time: DateTime| TimeZone::UTC.to_timestamp(time).ok();
    // A date is tried by its length, as a longer text that begins with one would be read as that date.
    let date = || (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
    let timestamp = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| in_utc(of_date(&date()?).at(0, 0, 0, 0)))
        .or_else(|| in_utc(text.parse::<DateTime>().ok()?))
        .or_else(|| before(now, text))
        .ok_or("expected a date (2024-05-01), a time (2024-05-01 12:00, in UTC; 2024-05-01T12:00:00+09:00), or a span before now (7d)")?;
    i64::try_from(timestamp.as_nanosecond()).map(Time).map_err(|_| "expected a year from 1678 to 2261".to_owned())
}

fn before(now: Timestamp, text: &str) -> Option<Timestamp> {
    let span: Span = text.parse().ok()?;
    let duration = span.abs().to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    now.checked_sub(duration).ok()
}

/// A span of time: `90s`, `1h 30m`, `2d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let said = || "expected a span of time: 90s, 10m, 1h 30m".to_owned();
    let span: Span = text.trim().parse().map_err(|_| said())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| said())?;
    Duration::try_from(duration).map_err(|_| said())
}

/// A key of hashes: 64 hexadecimal digits.
pub(crate) fn key(text: &str) -> Result<[u8; 32], String> {
    let said = || "expected 64 hexadecimal digits".to_owned();
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != 32 || !rest.is_empty() {
        return Err(said());
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16).ok_or_else(said);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Ok(key)
}

/// A size in bytes, with a binary unit or none: `500`, `64K`, `10GiB`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let said = || "expected a size: 500, 64K, 10GiB".to_owned();
    let digits = text.len() - text.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let power = match unit.trim().to_ascii_lowercase().trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return Err(said()),
    };
    let number: u64 = number.parse().map_err(|_| said())?;
    number.checked_mul(1 << (10 * power)).ok_or_else(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(result: Result<Time, String>) -> Option<i64> {
        result.ok().map(Time::seconds)
    }

    #[test]
    fn instants_are_read_as_people_write_them() {
        let noon = Some(1_714_564_800);
        for text in ["2024-05-01T12:00:00Z", "2024-05-01 12:00", "2024-05-01T12:00:00", "2024-05-01T21:00:00+09:00"] {
            assert_eq!(seconds(since(text)), noon, "{text}");
            assert_eq!(seconds(until(text)), noon, "{text}");
        }
        assert_eq!(seconds(since("2024-05-01")), Some(1_714_521_600));
        assert_eq!(seconds(until("2024-05-01")), Some(1_714_521_600 + 86_400));
    }

    #[test]
    fn spans_are_before_now() {
        let now: Timestamp = "2024-05-08T00:00:00Z".parse().unwrap();
        for (text, ago) in [("7d", 7 * 86_400), ("1w", 7 * 86_400), ("12h 30m", 45_000)] {
            let found = instant(text, now, Date::to_owned).unwrap();
            assert_eq!(found.seconds(), now.as_second() - ago, "{text}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in ["", "yesterday", "2024-13-01", "2024-05-01 25:00", "12:00", "7", "1mo", "9999-01-01"] {
            assert!(since(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_not_before_their_beginning() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration(" 1h 30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert!(
            duration("-5s").is_err() && duration("5").is_err() && duration("").is_err() && duration("1mo").is_err()
        );
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(
            [size("500"), size("64K"), size("10 GiB"), size("2mb")].map(Result::unwrap),
            [500, 64 << 10, 10 << 30, 2 << 20]
        );
        assert!(size("").is_err() && size("K").is_err() && size("5x").is_err() && size("99999999T").is_err());
    }
}
