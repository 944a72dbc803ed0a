//! Any text as a time stamp of any layout: what it says is what a plain reader makes of it, by the calendar of another library.
//!
//! The first byte chooses the layout. The plain reader splits a text at its marks, where the one that is asked looks at
//! places; jiff knows which days there are. A second is taken that begins where 64 bits of nanoseconds do.

use accesslog::{Time, time};
use jiff::civil;

/// Checks a text.
pub fn check(bytes: &[u8]) {
    let [choice, text @ ..] = bytes else { return };
    let plain = std::str::from_utf8(text).ok().filter(|text| text.is_ascii()).unwrap_or_default();
    let instants = |read: Option<Option<Time>>| read.map(|time| time.map(|time| i128::from(time.0)));
    let numbers = |read: Option<Option<i64>>| read.map(|number| number.map(i128::from));
    let (read, wanted) = match choice % 10 {
        0 => (instants(time::clf(text)), clf(plain, false)),
        1 => (instants(time::clf_with_fraction(text)), clf(plain, true)),
        2 => (instants(time::clf_without_zone(text)), local(plain, true).map(|local| instant(local, 0))),
        3 => (instants(time::iso(text)), iso(plain)),
        4 => (instants(time::us(text)), us(plain)),
        5 => (instants(time::epoch(text).map(Some)), epoch(plain).map(Some)),
        6 => (numbers(time::date(text)), date(plain).map(day)),
        7 => (numbers(time::us_date(text)), us_date(plain).map(day)),
        8 => (numbers(time::clock(text)), whole_clock(plain)),
        _ => (instants(time::any(text)), any(plain)),
    };
    assert_eq!(read, wanted, "{choice}: {}", text.escape_ascii());
}

/// A date: year, month, day.
type Date = (u16, u16, u16);

/// A date and its nanoseconds since midnight, if there is such a time.
type Local = (Date, Option<i128>);

const SECOND: i128 = 1_000_000_000;

/// The number of a day since the epoch; `None` if there is no such day.
fn day((year, month, day): Date) -> Option<i128> {
    let small = |number: u16| i8::try_from(number).ok();
    let date = civil::Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok()?;
    // The last days that the other library has are not instants to it everywhere: days are counted.
    Some(i128::from(date.since((jiff::Unit::Day, civil::date(1970, 1, 1))).ok()?.get_days()))
}

/// The instant of a local time so many seconds east of UTC; `None` if there is none, or none in 64 bits.
fn instant((date, clock): Local, zone: i128) -> Option<i128> {
    let (day, clock) = (day(date)?, clock?);
    let instant = day * 86_400 * SECOND + clock - zone * SECOND;
    let begins = instant.div_euclid(SECOND) * SECOND;
    (i64::try_from(begins).is_ok() && i64::try_from(instant).is_ok()).then_some(instant)
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u16> {
    (digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// A decimal fraction of a second in nanoseconds, and what follows it.
fn fraction(text: &str) -> (i128, &str) {
    let Some(rest) = text.strip_prefix(['.', ',']) else { return (0, text) };
    let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    match &rest[..end] {
        "" => (0, text),
        digits => (format!("{digits:0<9}")[..9].parse().expect("nine digits"), &rest[end..]),
    }
}

/// A clock, and what follows it: its hour in one or two digits where it may be so.
fn clock(text: &str, is_short: bool) -> Option<(Option<i128>, &str)> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, rest) = rest.split_once(':')?;
    let (second, rest) = rest.split_at_checked(2)?;
    let hour = number(hour, if is_short { 1 } else { 2 }..=2)?;
    let (minute, second) = (number(minute, 2..=2)?, number(second, 2..=2)?);
    let is_one = hour < 24 && minute < 60 && second <= 60;
    let seconds = i128::from(hour) * 3600 + i128::from(minute) * 60 + i128::from(second.min(59));
    Some((is_one.then_some(seconds * SECOND), rest))
}

fn clock_with_fraction(text: &str) -> Option<(Option<i128>, &str)> {
    let (clock, rest) = clock(text, true)?;
    let (nanos, rest) = fraction(rest);
    Some((clock.map(|clock| clock + nanos), rest))
}

fn whole_clock(text: &str) -> Option<Option<i128>> {
    clock_with_fraction(text).filter(|(_, rest)| rest.is_empty()).map(|(clock, _)| clock)
}

fn month(name: &str) -> Option<u16> {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = name.to_ascii_lowercase();
    NAMES.iter().position(|known| *known == name).map(|at| at as u16 + 1)
}

/// `10/Oct/2000:13:55:36`, perhaps with a fraction.
fn local(text: &str, has_fraction: bool) -> Option<Local> {
    let (date, rest) = text.split_once(':')?;
    let mut parts = date.split('/');
    let (day, name, year) = (parts.next()?, parts.next()?, parts.next()?);
    let date = (number(year, 4..=4)?, month(name)?, number(day, 2..=2)?);
    let (clock, rest) = clock(rest, false)?;
    let (nanos, rest) = if has_fraction { fraction(rest) } else { (0, rest) };
    (parts.next().is_none() && rest.is_empty()).then_some((date, clock.map(|clock| clock + nanos)))
}

fn clf(text: &str, has_fraction: bool) -> Option<Option<i128>> {
    let (stamp, zone) = text.split_once(' ')?;
    let digits = zone.strip_prefix(['+', '-']).filter(|digits| digits.len() == 4 && number(digits, 4..=4).is_some())?;
    let local = local(stamp, has_fraction)?;
    let east = i128::from(number(&digits[..2], 2..=2)?) * 3600 + i128::from(number(&digits[2..], 2..=2)?) * 60;
    Some(instant(local, if zone.starts_with('-') { -east } else { east }))
}

fn zone(text: &str) -> Option<i128> {
    if matches!(text, "" | "Z" | "z") {
        return Some(0);
    }
    let digits = text.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at(2),
        _ => digits.split_once(':')?,
    };
    let east = i128::from(number(hours, 2..=2)?) * 3600 + i128::from(number(minutes, 2..=2)?) * 60;
    Some(if text.starts_with('-') { -east } else { east })
}

fn iso(text: &str) -> Option<Option<i128>> {
    let (stamp, rest) = text.split_at_checked(19)?;
    let (day, time) = stamp.split_once(['T', 't', ' '])?;
    let mut parts = day.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let date = (number(year, 4..=4)?, number(month, 2..=2)?, number(day, 2..=2)?);
    let (clock, behind) = clock(time, false)?;
    let (nanos, rest) = fraction(rest);
    let zone = zone(rest)?;
    (parts.next().is_none() && behind.is_empty()).then(|| instant((date, clock.map(|clock| clock + nanos)), zone))
}

fn us(text: &str) -> Option<Option<i128>> {
    let (day, rest) = text.split_once(' ')?;
    let date = us_date(day.strip_suffix(',').unwrap_or(day))?;
    let (clock, rest) = clock_with_fraction(rest.trim_ascii_start())?;
    let rest = rest.trim_ascii_start();
    let half = rest.get(..2).map(str::to_ascii_lowercase);
    let hour = 3600 * SECOND;
    let (clock, rest) = match half.as_deref() {
        Some(half @ ("am" | "pm")) => {
            let clock = clock.filter(|clock| (hour..13 * hour).contains(clock));
            let clock = clock.map(|clock| clock % (12 * hour) + if half == "pm" { 12 * hour } else { 0 });
            (clock, &rest[2..])
        }
        Some(other) if other.ends_with('m') => return None,
        _ => (clock, rest),
    };
    let zone = zone(rest.trim_ascii_start())?;
    Some(instant((date, clock), zone))
}

fn epoch(text: &str) -> Option<i128> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (whole, rest) = text.split_at(end);
    let number = whole.parse::<i64>().ok().filter(|_| whole.len() < 20).map(i128::from)?;
    let (nanos, behind) = fraction(rest);
    let instant = match number {
        _ if !rest.is_empty() => (behind.is_empty()).then_some(number * SECOND + nanos)?,
        ..100_000_000_000 => number * SECOND,
        100_000_000_000..100_000_000_000_000 => number * 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => number * 1_000,
        nanos => nanos,
    };
    i64::try_from(instant).is_ok().then_some(instant)
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let parts = [parts.next()?, parts.next()?, parts.next()?, parts.next().map_or("", |_| "more")];
    match parts.map(str::len) {
        [4, 2, 2, 0] => Some((number(parts[0], 4..=4)?, number(parts[1], 2..=2)?, number(parts[2], 2..=2)?)),
        [2, 3, 4, 0] => Some((number(parts[2], 4..=4)?, month(parts[1])?, number(parts[0], 2..=2)?)),
        _ => None,
    }
}

fn us_date(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let (month, day, year) = (number(parts.next()?, 1..=2)?, number(parts.next()?, 1..=2)?, parts.next()?);
    let year = match (number(year, 2..=4)?, year.len()) {
        (year, 4) => year,
        (year, 2) if year < 69 => year + 2000,
        (year, 2) => year + 1900,
        _ => return None,
    };
    parts.next().is_none().then_some((year, month, day))
}

/// By its first marks.
fn any(text: &str) -> Option<Option<i128>> {
    let at = |place: usize| text.as_bytes().get(place).copied().unwrap_or_default();
    match () {
        () if at(2) == b'/' && at(3).is_ascii_alphabetic() => clf(text, false),
        () if text.len() > 1 && (at(1) == b'/' || at(2) == b'/') => us(text),
        () if at(4) == b'-' => iso(text),
        () => epoch(text).map(Some),
    }
}
