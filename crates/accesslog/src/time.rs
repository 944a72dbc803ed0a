//! Instants, and the spellings of time that access logs use.
//!
//! Each parser here reads one fixed layout by position and folds the date with integer arithmetic: the
//! hot path takes some ten nanoseconds a line. Whatever needs a calendar (printing, zones by name,
//! ranges given by a person) is left to a date library in the crates that talk to people.
//!
//! A layout that fits but names no real instant (31 February) is not a layout error: the line is still
//! a record, only its time is unknown. That is why the parsers of a fixed layout return two levels.

use serde::{Deserialize, Serialize};

/// An instant in UTC: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub i64);

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// The length in bytes of a CLF time stamp, `10/Oct/2000:13:55:36 -0700`.
pub const CLF_BYTES: usize = 26;

impl Time {
    /// The instant that many seconds and nanoseconds after the epoch, or `None` beyond the years 1677 to 2262.
    pub fn from_parts(seconds: i64, nanos: i64) -> Option<Time> {
        seconds.checked_mul(NANOS_PER_SECOND)?.checked_add(nanos).map(Time)
    }

    /// Whole seconds since the epoch, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(NANOS_PER_SECOND)
    }

    /// The number of the UTC day since the epoch.
    pub fn day(self) -> i64 {
        self.seconds().div_euclid(SECONDS_PER_DAY)
    }
}

/// Reads a time stamp of the common log format, without its brackets: `10/Oct/2000:13:55:36 -0700`.
///
/// Returns `None` where the bytes have another layout (another length, a month that is no month's name), and
/// `Some(None)` where the layout fits but there is no such instant.
pub fn clf(text: &[u8]) -> Option<Option<Time>> {
    let text: &[u8; CLF_BYTES] = text.try_into().ok()?;
    let [_, _, b'/', _, _, _, b'/', _, _, _, _, b':', _, _, b':', _, _, b':', _, _, b' ', sign, _, _, _, _] = *text
    else {
        return None;
    };
    // Asked of all digits at once, as every line has a time and nearly none has a bad one.
    let mut is_bad = false;
    let mut two = |at: usize| {
        let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
        is_bad |= 9 < tens || 9 < ones;
        u32::from(tens) * 10 + u32::from(ones)
    };
    let (day, year) = (two(0), two(7) * 100 + two(9));
    let (hour, minute, second) = (two(12), two(15), two(18));
    let (zone_hours, zone_minutes) = (two(22), two(24));
    if is_bad {
        return None;
    }
    let month = month_of([text[3], text[4], text[5]])?;
    let zone = zone_seconds(sign, zone_hours, zone_minutes)?;
    Some(instant(Civil { year, month, day, hour, minute, second }, zone, 0))
}

/// The last day of which a time stamp was read, as the lines of a log are nearly all of one day.
///
/// What it remembers makes no difference but of time.
#[derive(Clone, Debug)]
pub(crate) struct LastDay {
    /// The day as written, with the colon behind it.
    day: [u8; 12],
    /// The zone as written, with the blank before it.
    zone: [u8; 6],
    /// When it begins, in seconds since the epoch.
    begin: i64,
}

impl Default for LastDay {
    fn default() -> LastDay {
        LastDay { day: *b"01/Jan/1970:", zone: *b" +0000", begin: 0 }
    }
}

impl LastDay {
    /// Reads a time stamp as [`clf`] does.
    pub(crate) fn clf(&mut self, text: &[u8; CLF_BYTES]) -> Option<Option<Time>> {
        let (day, clock) = text.split_first_chunk()?;
        let (clock, zone) = clock.split_first_chunk()?;
        let seconds = seconds_of_day(*clock);
        if let Some(seconds) = seconds
            && *day == self.day
            && *zone == self.zone
        {
            return Some(Time::from_parts(self.begin + seconds, 0));
        }
        let read = clf(text);
        if let (Some(seconds), Some(Some(time))) = (seconds, read) {
            *self = LastDay { day: *day, zone: zone.try_into().ok()?, begin: time.seconds() - seconds };
        }
        read
    }
}

/// How many seconds after midnight `13:55:36` is, all digits being looked at together; `None` where it is no such time, or
/// a leap second.
fn seconds_of_day(clock: [u8; 8]) -> Option<i64> {
    // What must be added to each for its highest bit to be set, if it is above 29:59:59, or no colon.
    const TO_ABOVE: u64 = u64::from_le_bytes([0x7F - 2, 0x7F - 9, 0x7F, 0x7F - 5, 0x7F - 9, 0x7F, 0x7F - 5, 0x7F - 9]);
    let digits = u64::from_le_bytes(clock) ^ u64::from_le_bytes(*b"00:00:00");
    if (digits | digits.wrapping_add(TO_ABOVE)) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let two = |at: u32| (digits >> (8 * at) & 0xF) * 10 + (digits >> (8 * at + 8) & 0xF);
    let hours = two(0);
    (hours < 24).then(|| (hours * 3600 + two(3) * 60 + two(6)) as i64)
}

/// Reads an ISO 8601 / RFC 3339 time stamp: `2024-05-01T00:02:15.123456789+09:00`.
///
/// A blank may stand for the `T`, a comma for the point; the zone may be `Z`, `+hh:mm`, `+hhmm`, `+hh` or
/// absent, which is taken for UTC. Digits beyond the ninth of the fraction are cut. Returns as [`clf`] does.
pub fn iso(text: &[u8]) -> Option<Option<Time>> {
    let (head, rest) = text.split_first_chunk::<19>()?;
    let [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't' | b' ', _, _, b':', _, _, b':', _, _] = *head else {
        return None;
    };
    let year = two(head, 0)? * 100 + two(head, 2)?;
    let (month, day) = (two(head, 5)?, two(head, 8)?);
    let (hour, minute, second) = (two(head, 11)?, two(head, 14)?, two(head, 17)?);
    let (nanos, rest) = fraction(rest);
    let zone = iso_zone(rest)?;
    Some(instant(Civil { year, month, day, hour, minute, second }, zone, nanos))
}

/// Reads a time stamp of the common log format that has no zone, but perhaps a fraction: `06/Feb/2009:12:12:14.655`.
///
/// HAProxy writes the time of its own machine so; it is taken for UTC, as nothing in the line says better. Returns as
/// [`clf`] does.
pub fn clf_without_zone(text: &[u8]) -> Option<Option<Time>> {
    let (head, rest) = text.split_first_chunk::<20>()?;
    let [_, _, b'/', _, _, _, b'/', _, _, _, _, b':', _, _, b':', _, _, b':', _, _] = *head else {
        return None;
    };
    let month = month_of([head[3], head[4], head[5]])?;
    let (day, year) = (two(head, 0)?, two(head, 7)? * 100 + two(head, 9)?);
    let (hour, minute, second) = (two(head, 12)?, two(head, 15)?, two(head, 18)?);
    match fraction(rest) {
        (nanos, []) => Some(instant(Civil { year, month, day, hour, minute, second }, 0, nanos)),
        _ => None,
    }
}

/// As [`clf`], with a fraction of the second before the zone: `10/Oct/2000:13:55:36.875 -0700`.
pub fn clf_with_fraction(text: &[u8]) -> Option<Option<Time>> {
    let (stamp, zone) = text.split_last_chunk::<6>()?;
    let [b' ', sign, _, _, _, _] = *zone else { return None };
    let east = zone_seconds(sign, two(zone, 2)?, two(zone, 4)?)?;
    let local = clf_without_zone(stamp)?;
    Some(local.and_then(|Time(nanos)| nanos.checked_sub(east * NANOS_PER_SECOND)).map(Time))
}

/// Reads a date and a clock as the United States write them: `1/9/2007 9:41:00 AM`, `10/14/2021 22:17:11.5`.
///
/// A zone of [`iso`] may follow; without one it is UTC. Returns as [`clf`] does.
pub fn us(text: &[u8]) -> Option<Option<Time>> {
    let blank = text.iter().position(|byte| *byte == b' ')?;
    let day = us_date(text[..blank].strip_suffix(b",").unwrap_or(&text[..blank]))?;
    let (nanos, rest) = clock_part(text[blank..].trim_ascii_start())?;
    let rest = rest.trim_ascii_start();
    let (half, rest) = match rest.split_first_chunk::<2>() {
        Some((half, rest)) if half[1].eq_ignore_ascii_case(&b'm') => (Some(half[0].to_ascii_lowercase()), rest),
        _ => (None, rest),
    };
    let zone = iso_zone(rest.trim_ascii_start())?;
    let nanos = match half {
        None => nanos,
        Some(half @ (b'a' | b'p')) => nanos.and_then(|nanos| twelve_hours(nanos, half)),
        Some(_) => return None,
    };
    Some(day.zip(nanos).and_then(|(day, nanos)| at(day, nanos, zone)))
}

/// The nanoseconds since midnight of a clock of twelve hours, `half` being `a` or `p`; `None` where it shows no hour
/// from 1 to 12.
fn twelve_hours(nanos: i64, half: u8) -> Option<i64> {
    const HOUR: i64 = 3600 * NANOS_PER_SECOND;
    let afternoon = if half == b'p' { 12 * HOUR } else { 0 };
    match nanos / HOUR {
        12 => Some(nanos - 12 * HOUR + afternoon),
        1..12 => Some(nanos + afternoon),
        _ => None,
    }
}

/// Reads a date alone, `2013-07-30` or `12-Jan-1996`: its number of days since the epoch.
///
/// Returns as [`clf`] does.
pub fn date(text: &[u8]) -> Option<Option<i64>> {
    let (year, month, day) = match *text {
        [_, _, _, _, b'-', _, _, b'-', _, _] => (two(text, 0)? * 100 + two(text, 2)?, two(text, 5)?, two(text, 8)?),
        [_, _, b'-', a, b, c, b'-', _, _, _, _] => {
            (two(text, 7)? * 100 + two(text, 9)?, month_of([a, b, c])?, two(text, 0)?)
        }
        _ => return None,
    };
    Some(day_of(year, month, day))
}

/// Reads a date alone as the United States write it, `3/20/01` or `03/20/2001`: its number of days since the epoch.
///
/// Two digits of a year are of this century below 69, as POSIX has it (`strptime`, `%y`). Returns as [`clf`] does.
pub fn us_date(text: &[u8]) -> Option<Option<i64>> {
    let mut parts = text.split(|byte| *byte == b'/');
    let (month, day, year) = (small(parts.next()?, 2)?, small(parts.next()?, 2)?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let year = match (small(year, 4)?, year.len()) {
        (year @ 0..69, 2) => 2000 + year,
        (year, 2) => 1900 + year,
        (year, 4) => year,
        _ => return None,
    };
    Some(day_of(year, month, day))
}

/// Reads a clock alone, `7:55:20` or `17:00:00.660`: its nanoseconds since midnight.
///
/// Returns as [`clf`] does.
pub fn clock(text: &[u8]) -> Option<Option<i64>> {
    match clock_part(text)? {
        (nanos, []) => Some(nanos),
        _ => None,
    }
}

/// The instant `nanos` nanoseconds after the midnight of a day, `zone` seconds east of UTC.
pub fn at(day: i64, nanos: i64, zone: i64) -> Option<Time> {
    Time::from_parts(day.checked_mul(SECONDS_PER_DAY)?.checked_sub(zone)?, nanos)
}

/// The seconds east of UTC of a zone written `Z`, `+hh:mm`, `+hhmm`, `+hh`, or not at all.
pub fn zone(text: &[u8]) -> Option<i64> {
    iso_zone(text)
}

/// The clock that a text begins with, and what follows it.
fn clock_part(text: &[u8]) -> Option<(Option<i64>, &[u8])> {
    let colon = text.iter().take(3).position(|byte| *byte == b':')?;
    let hour = small(&text[..colon], 2)?;
    let (head, rest) = text[colon..].split_first_chunk::<6>()?;
    let [b':', _, _, b':', _, _] = *head else { return None };
    let (minute, second) = (two(head, 1)?, two(head, 4)?);
    let (nanos, rest) = fraction(rest);
    let is_clock = hour <= 23 && minute <= 59 && second <= 60;
    let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second.min(59));
    Some((is_clock.then_some(seconds * NANOS_PER_SECOND + nanos), rest))
}

/// A number of at least one digit and at most so many.
fn small(text: &[u8], digits_max: usize) -> Option<u32> {
    let is_number = !text.is_empty() && text.len() <= digits_max && text.iter().all(u8::is_ascii_digit);
    is_number.then(|| text.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

/// Reads a Unix time: whole or decimal seconds, or whole milliseconds, microseconds or nanoseconds.
///
/// Which of these a whole number is follows from its magnitude: seconds stay below 10^11 until the year
/// 5138, and milliseconds of any year after 1973 are above it.
pub fn epoch(text: &[u8]) -> Option<Time> {
    let (mut number, mut digits) = (0_u64, 0);
    while let Some(digit @ b'0'..=b'9') = text.get(digits) {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        digits += 1;
    }
    // Nineteen digits are a number that fits, if not always with a sign.
    if digits == 0 || 19 < digits {
        return None;
    }
    let (number, rest) = (i64::try_from(number).ok()?, &text[digits..]);
    if !rest.is_empty() {
        let (nanos, rest) = fraction(rest);
        return if rest.is_empty() { Time::from_parts(number, nanos) } else { None };
    }
    match number {
        0..100_000_000_000 => Time::from_parts(number, 0),
        100_000_000_000..100_000_000_000_000 => number.checked_mul(1_000_000).map(Time),
        100_000_000_000_000..100_000_000_000_000_000 => number.checked_mul(1_000).map(Time),
        _ => Some(Time(number)),
    }
}

/// Reads whichever of [`clf`], [`iso`], [`us`] and [`epoch`] the text looks like.
pub fn any(text: &[u8]) -> Option<Option<Time>> {
    match *text {
        [_, _, b'/', letter, ..] if letter.is_ascii_alphabetic() => clf(text),
        [_, b'/', ..] | [_, _, b'/', ..] => us(text),
        [_, _, _, _, b'-', ..] => iso(text),
        _ => epoch(text).map(Some),
    }
}

/// The number of the month of that English name of three letters, from 1.
pub(crate) fn month_number(name: [u8; 3]) -> Option<u32> {
    month_of(name)
}

/// The instant of a civil time in UTC, or `None` where the calendar has no such time.
pub(crate) fn civil(year: u32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<Time> {
    instant(Civil { year, month, day, hour, minute, second }, 0, 0)
}

pub(crate) struct Civil {
    pub(crate) year: u32,
    pub(crate) month: u32,
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
}

/// The instant of a civil time `zone` seconds east of UTC, or `None` where the calendar has no such time.
pub(crate) fn instant(civil: Civil, zone: i64, nanos: i64) -> Option<Time> {
    let Civil { year, month, day, hour, minute, second } = civil;
    if 23 < hour || 59 < minute || 60 < second {
        return None;
    }
    let days = day_of(year, month, day)?;
    // A leap second is kept as the second before it: POSIX time has no name for it.
    let clock = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second.min(59));
    Time::from_parts(days * SECONDS_PER_DAY + clock - zone, nanos)
}

/// The days since the epoch of a date, or `None` where the calendar has no such date.
fn day_of(year: u32, month: u32, day: u32) -> Option<i64> {
    let is_date = (1..=12).contains(&month) && 1 <= day && day <= days_in(year, month);
    is_date.then(|| days_from_civil(year, month, day))
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, from the year 0 on.
///
/// The year is taken to begin in March, so that the leap day is its last; the months from March on then begin at
/// (153 m + 2) / 5 days. Years are counted from 4,800 before, so that no number is negative: the Julian day number, less
/// that of the epoch.
fn days_from_civil(year: u32, month: u32, day: u32) -> i64 {
    let before_march = u32::from(month <= 2);
    let year = year + 4800 - before_march;
    let month = month + 12 * before_march - 3;
    let julian = day + (153 * month + 2) / 5 + 365 * year + year / 4 - year / 100 + year / 400 - 32_045;
    i64::from(julian) - 2_440_588
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

fn month_of(name: [u8; 3]) -> Option<u32> {
    Some(match u32::from_be_bytes([0, name[0], name[1], name[2]]) {
        JAN => 1,
        FEB => 2,
        MAR => 3,
        APR => 4,
        MAY => 5,
        JUN => 6,
        JUL => 7,
        AUG => 8,
        SEP => 9,
        OCT => 10,
        NOV => 11,
        DEC => 12,
        _ => return month_in_other_case(name),
    })
}

/// The month of a name that is not written as servers do, `OCT` or `oct`.
#[cold]
fn month_in_other_case(name: [u8; 3]) -> Option<u32> {
    let usual = [name[0].to_ascii_uppercase(), name[1].to_ascii_lowercase(), name[2].to_ascii_lowercase()];
    if usual == name { None } else { month_of(usual) }
}

const JAN: u32 = word(b"Jan");
const FEB: u32 = word(b"Feb");
const MAR: u32 = word(b"Mar");
const APR: u32 = word(b"Apr");
const MAY: u32 = word(b"May");
const JUN: u32 = word(b"Jun");
const JUL: u32 = word(b"Jul");
const AUG: u32 = word(b"Aug");
const SEP: u32 = word(b"Sep");
const OCT: u32 = word(b"Oct");
const NOV: u32 = word(b"Nov");
const DEC: u32 = word(b"Dec");

const fn word(name: &[u8; 3]) -> u32 {
    u32::from_be_bytes([0, name[0], name[1], name[2]])
}

/// The number written in the two digits at `at`.
fn two(text: &[u8], at: usize) -> Option<u32> {
    let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
    if tens <= 9 && ones <= 9 { Some(u32::from(tens) * 10 + u32::from(ones)) } else { None }
}

fn zone_seconds(sign: u8, hours: u32, minutes: u32) -> Option<i64> {
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn iso_zone(text: &[u8]) -> Option<i64> {
    match *text {
        [] | [b'Z' | b'z'] => Some(0),
        [sign, _, _] => zone_seconds(sign, two(text, 1)?, 0),
        [sign, _, _, _, _] => zone_seconds(sign, two(text, 1)?, two(text, 3)?),
        [sign, _, _, b':', _, _] => zone_seconds(sign, two(text, 1)?, two(text, 4)?),
        _ => None,
    }
}

/// How many nanoseconds the last of so many digits of a fraction counts.
const NANOS_OF_LAST: [i64; 10] =
    [NANOS_PER_SECOND, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// The nanoseconds of a decimal fraction, and what follows it; zero and everything where there is none.
pub(crate) fn fraction(text: &[u8]) -> (i64, &[u8]) {
    let [b'.' | b',', rest @ ..] = text else { return (0, text) };
    let (mut number, mut digits) = (0, 0);
    while let Some(digit @ b'0'..=b'9') = rest.get(digits) {
        if digits < 9 {
            number = number * 10 + i64::from(digit - b'0');
        }
        digits += 1;
    }
    let nanos = number * NANOS_OF_LAST[digits.min(9)];
    if digits == 0 { (0, text) } else { (nanos, &rest[digits..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clf_is_read_in_utc() {
        assert_eq!(clf(b"10/Oct/2000:13:55:36 -0700"), Some(Time::from_parts(971_211_336, 0)));
        assert_eq!(clf(b"01/Jan/1970:05:30:00 +0530"), Some(Some(Time(0))));
        assert_eq!(clf(b"31/Dec/1969:23:59:59 +0000"), Some(Time::from_parts(-1, 0)));
        assert_eq!(clf(b"10/oCT/2000:13:55:36 -0700"), clf(b"10/Oct/2000:13:55:36 -0700"));
    }

    #[test]
    fn a_date_that_does_not_exist_is_no_time_but_still_the_layout() {
        assert_eq!(clf(b"31/Feb/2024:00:00:00 +0000"), Some(None));
        assert_eq!(clf(b"29/Feb/2023:00:00:00 +0000"), Some(None));
        assert_eq!(clf(b"29/Feb/2024:25:00:00 +0000"), Some(None));
        assert!(clf(b"29/Feb/2024:00:00:00 +0000").unwrap().is_some());
        assert_eq!(clf(b"01/Jan/9999:00:00:00 +0000"), Some(None), "beyond 2262 nanoseconds do not fit");
    }

    #[test]
    fn what_is_remembered_of_the_last_day_makes_no_difference() {
        let mut day = LastDay::default();
        let stamps = [
            "10/Oct/2000:13:55:36 -0700",
            "10/Oct/2000:00:00:00 -0700",
            "10/Oct/2000:23:59:59 -0700",
            "10/Oct/2000:23:59:60 -0700",
            "10/Oct/2000:24:00:00 -0700",
            "10/Oct/2000:19:60:00 -0700",
            "10/Oct/2000:13:5:536 -0700",
            "10/Oct/2000:1:a55:36 -0700",
            "10/Oct/2000:13:55:36 +0700",
            "10/Oct/2000:13:55:37 +0700",
            "11/Oct/2000:13:55:37 +0700",
            "31/Feb/2024:00:00:00 +0000",
            "11/Apr/2262:23:47:16 +0000",
            "11/Apr/2262:23:47:17 +0000",
        ];
        for stamp in stamps.iter().chain(&stamps) {
            assert_eq!(day.clf(stamp.as_bytes().try_into().unwrap()), clf(stamp.as_bytes()), "{stamp}");
        }
        for byte in 0..=255 {
            for at in 0..CLF_BYTES {
                let mut stamp = *b"10/Oct/2000:13:55:36 -0700";
                stamp[at] = byte;
                assert_eq!(day.clf(&stamp), clf(&stamp), "{}", stamp.escape_ascii());
            }
        }
    }

    #[test]
    fn other_layouts_are_refused() {
        for text in [
            "10/Sma/2000:13:55:36 -0700",
            "10/Oct/2000 13:55:36 -0700",
            "10/Oct/2000:13:55:36 -07:00",
            "10/Oct/2000:13:55:36",
        ] {
            assert_eq!(clf(text.as_bytes()), None, "{text}");
        }
        assert_eq!(iso(b"2024-05-01"), None);
        assert_eq!(iso(b"2024-05-01T00:00:00 Berlin"), None);
        assert_eq!(epoch(b"17e9"), None);
    }

    #[test]
    fn iso_has_many_spellings_of_one_instant() {
        for text in
            ["2024-04-30T15:02:15Z", "2024-05-01T00:02:15+09:00", "2024-05-01 00:02:15+0900", "2024-05-01T00:02:15+09"]
        {
            assert_eq!(iso(text.as_bytes()), Some(Time::from_parts(1_714_489_335, 0)), "{text}");
        }
        assert_eq!(iso(b"2024-04-30T15:02:15.5Z"), Some(Time::from_parts(1_714_489_335, 500_000_000)));
        assert_eq!(iso(b"2024-04-30T15:02:15,1234567891Z"), Some(Time::from_parts(1_714_489_335, 123_456_789)));
    }

    #[test]
    fn a_time_without_a_zone_is_utc() {
        let want = Time::from_parts(1_233_922_454, 655_000_000);
        assert_eq!(clf_without_zone(b"06/Feb/2009:12:14:14.655"), Some(want));
        assert_eq!(clf_without_zone(b"31/Feb/2009:12:14:14.655"), Some(None));
        assert_eq!(clf_without_zone(b"06/Feb/2009:12:14:14.655 +0000"), None);
        assert_eq!(clf_without_zone(b"06/02/2009:12:14:14.655"), None);
        let west = Time::from_parts(1_233_922_454 + 7 * 3600, 655_000_000);
        assert_eq!(clf_with_fraction(b"06/Feb/2009:12:14:14.655 -0700"), Some(west));
        assert_eq!(clf_with_fraction(b"06/Feb/2009:12:14:14.655 -07:00"), None);
    }

    #[test]
    fn the_united_states_begin_with_the_month() {
        let want = Time::from_parts(1_168_335_660, 0);
        for text in ["1/9/2007 9:41:00 AM", "1/9/2007 09:41:00", "01/09/2007 9:41:00 am", "1/9/07 9:41:00+00:00"] {
            assert_eq!(us(text.as_bytes()), Some(want), "{text}");
            assert_eq!(any(text.as_bytes()), Some(want), "{text}");
        }
        assert_eq!(us(b"1/9/2007 12:00:00 AM"), us(b"1/9/2007 00:00:00"));
        assert_eq!(us(b"1/9/2007 12:00:00 PM"), us(b"1/9/2007 12:00:00"));
        assert_eq!(us(b"1/9/2007 1:00:00.25 PM"), us(b"1/9/2007 13:00:00.25"));
        assert_eq!(us(b"13/9/2007 1:00:00"), Some(None), "there is no thirteenth month");
        assert_eq!(us(b"1/9/2007 13:00:00 PM"), Some(None));
        assert_eq!(us(b"1/9/2007"), None);
        for other in [b'x', 0] {
            assert_eq!(us(&[b"1/9/2007 9:41:00 ", &[other, b'M'][..]].concat()), None, "no half of a day");
        }
    }

    #[test]
    fn a_date_and_a_clock_may_stand_apart() {
        assert_eq!(date(b"1970-01-02"), Some(Some(1)));
        assert_eq!(date(b"02-Jan-1970"), Some(Some(1)));
        assert_eq!(date(b"1970-02-30"), Some(None));
        assert_eq!(date(b"1970/01/02"), None);
        assert_eq!(us_date(b"03/20/01"), date(b"2001-03-20"));
        assert_eq!(us_date(b"3/20/1999"), date(b"1999-03-20"));
        assert_eq!(us_date(b"3/20/001"), None);
        assert_eq!(clock(b"00:00:01.5"), Some(Some(1_500_000_000)));
        assert_eq!(clock(b"7:55:20"), Some(Some(28_520_000_000_000)));
        assert_eq!(clock(b"24:00:00"), Some(None));
        assert_eq!(clock(b"12:00"), None);
        assert_eq!(at(1, 5, 3600), Time::from_parts(82_800, 5));
    }

    #[test]
    fn epoch_knows_its_unit_by_its_magnitude() {
        let want = Time::from_parts(1_700_000_000, 0);
        for text in ["1700000000", "1700000000000", "1700000000000000", "1700000000000000000", "1700000000.0"] {
            assert_eq!(epoch(text.as_bytes()), want, "{text}");
        }
        assert_eq!(epoch(b"1693840839.657635"), Time::from_parts(1_693_840_839, 657_635_000));
    }

    #[test]
    fn every_day_of_three_centuries_follows_the_day_before() {
        let mut day = -25_567; // 1900-01-01
        for year in 1900..2200 {
            for month in 1..=12 {
                for date in 1..=days_in(year, month) {
                    assert_eq!(days_from_civil(year, month, date), day);
                    day += 1;
                }
            }
        }
    }
}
