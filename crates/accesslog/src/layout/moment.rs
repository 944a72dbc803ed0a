//! Times as `strftime` spells them, alone or in several pieces of one line.
//!
//! A server may write a date here, the milliseconds there and the zone at the end (`%{%F %T}t.%{msec_frac}t%{%z}t`), so
//! a piece is read into a [`Clock`], and the clock is asked for the instant when the line is over.

use crate::Time;
use crate::time::{self, Civil};

/// One piece of a time stamp: what stands in it, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment(Vec<Item>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Literal(u8),
    /// Any run of blanks.
    Blanks,
    Year,
    ShortYear,
    Century,
    Month,
    MonthName,
    Day,
    DayOfYear,
    Hour,
    HourOfTwelve,
    HalfDay,
    Minute,
    Second,
    Zone,
    ZoneName,
    Epoch,
    EpochMilliseconds,
    EpochMicroseconds,
    /// That many digits of a fraction of a second; of zero, all that stand there.
    Fraction(usize),
    IsoYear,
    IsoWeek,
    /// From 1, which is Monday.
    Weekday,
    WeekdayName,
    /// A number that adds nothing.
    Number,
}

/// The longest name, run of blanks or of digits within a time, in bytes.
const NAME_BYTES_MAX: usize = 32;

/// What is known of an instant so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    iso_year: Option<u32>,
    iso_week: Option<u32>,
    weekday: Option<u32>,
    hour: Option<u32>,
    is_afternoon: Option<bool>,
    minute: Option<u32>,
    second: Option<u32>,
    nanos: Option<i64>,
    epoch: Option<Time>,
    zone: Zone,
}

#[derive(Clone, Copy, Debug, Default)]
enum Zone {
    /// No zone is written: the time is taken for UTC.
    #[default]
    Absent,
    East(i64),
    /// A name that no one offset belongs to.
    Unknown,
}

impl Moment {
    /// The pieces of a `strftime` format; the offset of a directive that is none, if one is.
    pub(crate) fn of(format: &str) -> Result<Moment, usize> {
        let mut items = Vec::new();
        push_items(format.as_bytes(), &mut items)?;
        Ok(Moment(items))
    }

    /// A Unix time in seconds.
    pub(crate) fn epoch_seconds() -> Moment {
        Moment(vec![Item::Epoch])
    }

    /// A Unix time in milliseconds.
    pub(crate) fn epoch_milliseconds() -> Moment {
        Moment(vec![Item::EpochMilliseconds])
    }

    /// A Unix time in microseconds.
    pub(crate) fn epoch_microseconds() -> Moment {
        Moment(vec![Item::EpochMicroseconds])
    }

    /// That many digits of the fraction of a second.
    pub(crate) fn fraction(digits: usize) -> Moment {
        Moment(vec![Item::Fraction(digits)])
    }

    /// Reads the piece at the beginning of the text: what it tells, and its length.
    pub(crate) fn read(&self, text: &[u8]) -> Option<(Clock, usize)> {
        let mut clock = Clock::default();
        let mut rest = text;
        for item in &self.0 {
            rest = item.read(rest, &mut clock)?;
        }
        Some((clock, text.len() - rest.len()))
    }
}

/// Fractions of a second by name, with their digits.
const FRACTIONS: [(&[u8], usize); 2] = [(b"msec_frac", 3), (b"usec_frac", 6)];

fn push_items(format: &[u8], items: &mut Vec<Item>) -> Result<(), usize> {
    let mut at = 0;
    while at < format.len() {
        // Apache has these names apart from strftime; whoever writes them within means the same.
        let bare = format[at..].strip_prefix(b"%").unwrap_or(&format[at..]);
        if let Some((name, digits)) = FRACTIONS.iter().find(|(name, _)| bare.starts_with(name)) {
            items.push(Item::Fraction(*digits));
            at = format.len() - bare.len() + name.len();
            continue;
        }
        if format[at] != b'%' {
            items.push(if format[at] == b' ' { Item::Blanks } else { Item::Literal(format[at]) });
            at += 1;
            continue;
        }
        let begin = at;
        at += 1;
        // Flags of GNU (`%-d`) and alternatives of locales (`%EY`, `%Od`) change no more than padding here.
        while matches!(format.get(at), Some(b'-' | b'_' | b'0' | b'^' | b'#' | b'E' | b'O')) {
            at += 1;
        }
        let width = format[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = std::str::from_utf8(&format[at..at + width]).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        at += width;
        let letter = *format.get(at).ok_or(begin)?;
        at += 1;
        push_item(letter, digits, items).ok_or(begin)?;
    }
    Ok(())
}

fn push_item(letter: u8, digits: usize, items: &mut Vec<Item>) -> Option<()> {
    let compound = match letter {
        b'D' | b'x' => "%m/%d/%y",
        b'F' => "%Y-%m-%d",
        b'T' | b'X' => "%H:%M:%S",
        b'R' => "%H:%M",
        b'r' => "%I:%M:%S %p",
        b'c' => "%a %b %e %H:%M:%S %Y",
        b'+' => "%a %b %e %H:%M:%S %Z %Y",
        b'v' => "%e-%b-%Y",
        _ => "",
    };
    if !compound.is_empty() {
        return push_items(compound.as_bytes(), items).ok();
    }
    items.push(match letter {
        b'Y' => Item::Year,
        b'G' => Item::IsoYear,
        b'V' => Item::IsoWeek,
        b'u' => Item::Weekday,
        b'y' | b'g' => Item::ShortYear,
        b'C' => Item::Century,
        b'm' => Item::Month,
        b'b' | b'B' | b'h' => Item::MonthName,
        b'd' | b'e' => Item::Day,
        b'j' => Item::DayOfYear,
        b'H' | b'k' => Item::Hour,
        b'I' | b'l' => Item::HourOfTwelve,
        b'p' | b'P' => Item::HalfDay,
        b'M' => Item::Minute,
        b'S' => Item::Second,
        b'z' => Item::Zone,
        b'Z' => Item::ZoneName,
        b's' => Item::Epoch,
        b'f' | b'N' | b'L' => Item::Fraction(digits),
        b'a' | b'A' => Item::WeekdayName,
        b'w' | b'U' | b'W' => Item::Number,
        b't' | b'n' => Item::Blanks,
        b'%' => Item::Literal(b'%'),
        _ => return None,
    });
    Some(())
}

impl Item {
    /// Reads it into the clock; gives what follows.
    fn read<'a>(&self, text: &'a [u8], clock: &mut Clock) -> Option<&'a [u8]> {
        match *self {
            Item::Literal(byte) => text.strip_prefix(&[byte]),
            Item::Blanks => {
                let length = text.iter().take(NAME_BYTES_MAX).take_while(|byte| byte.is_ascii_whitespace()).count();
                (0 < length).then_some(&text[length..])
            }
            Item::Year => number(text, 4, &mut clock.year),
            Item::ShortYear => {
                let rest = number(text, 2, &mut clock.year)?;
                // POSIX: 69 to 99 are of the last century.
                clock.year = clock.year.map(|year| if year < 69 { 2000 + year } else { 1900 + year });
                Some(rest)
            }
            Item::Century | Item::Number => number(text, 2, &mut None),
            Item::Month => number(text, 2, &mut clock.month),
            Item::MonthName => {
                let (name, rest) = letters(text)?;
                clock.month = Some(month_of(name)?);
                Some(rest)
            }
            Item::Day => number(text.strip_prefix(b" ").unwrap_or(text), 2, &mut clock.day),
            Item::DayOfYear => number(text, 3, &mut clock.day_of_year),
            Item::Hour | Item::HourOfTwelve => number(text.strip_prefix(b" ").unwrap_or(text), 2, &mut clock.hour),
            Item::HalfDay => match letters(text) {
                Some((name, rest)) => {
                    clock.is_afternoon = Some(name.first()?.eq_ignore_ascii_case(&b'p'));
                    Some(rest)
                }
                // Languages that have no halves of a day write nothing.
                None => Some(text),
            },
            Item::Minute => number(text, 2, &mut clock.minute),
            Item::Second => number(text, 2, &mut clock.second),
            Item::Zone => {
                let (seconds, rest) = zone(text)?;
                clock.zone = Zone::East(seconds);
                Some(rest)
            }
            Item::ZoneName => {
                let (name, rest) = letters(text)?;
                clock.zone = zone_of(name).map_or(Zone::Unknown, |hours| Zone::East(i64::from(hours) * 3600));
                Some(rest)
            }
            Item::Epoch => epoch(text, 1_000_000_000, clock),
            Item::EpochMilliseconds => epoch(text, 1_000_000, clock),
            Item::EpochMicroseconds => epoch(text, 1_000, clock),
            Item::Fraction(digits) => {
                let length = text.iter().take(NAME_BYTES_MAX).take_while(|byte| byte.is_ascii_digit()).count();
                let length = if digits == 0 { length } else { digits.min(length) };
                let (fraction, rest) = text.split_at(length);
                let digit = |at: usize| fraction.get(at).map_or(0, |byte| i64::from(byte - b'0'));
                clock.nanos = Some((0..9).fold(0, |sum, at| sum * 10 + digit(at)));
                (0 < length).then_some(rest)
            }
            Item::IsoYear => number(text, 4, &mut clock.iso_year),
            Item::IsoWeek => number(text, 2, &mut clock.iso_week),
            Item::Weekday => number(text, 1, &mut clock.weekday),
            Item::WeekdayName => {
                let (name, rest) = letters(text)?;
                clock.weekday = weekday_of(name).or(clock.weekday);
                Some(rest)
            }
        }
    }
}

/// Reads a number of at most that many digits.
fn number<'a>(text: &'a [u8], digits_max: usize, into: &mut Option<u32>) -> Option<&'a [u8]> {
    let length = text.iter().take(digits_max).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    *into = Some(digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')));
    (0 < length).then_some(rest)
}

fn into<'a>(text: &'a [u8], digits_max: usize, into: &mut u32) -> Option<&'a [u8]> {
    let mut read = None;
    let rest = number(text, digits_max, &mut read)?;
    *into = read?;
    Some(rest)
}

fn letters(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_letter = |byte: &&u8| byte.is_ascii_alphabetic() || 0x80 <= **byte;
    let length = text.iter().take(NAME_BYTES_MAX).take_while(is_letter).count();
    let (name, rest) = text.split_at(length);
    // French months are shortened with a point, `janv.`
    (0 < length).then_some((name, rest.strip_prefix(b".").unwrap_or(rest)))
}

fn epoch<'a>(text: &'a [u8], unit_nanos: i64, clock: &mut Clock) -> Option<&'a [u8]> {
    let length = text.iter().take(NAME_BYTES_MAX).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    let units: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    clock.epoch = units.checked_mul(unit_nanos).map(Time);
    Some(rest)
}

/// `+0900`, `+09:00` or `Z`: its seconds east of UTC.
fn zone(text: &[u8]) -> Option<(i64, &[u8])> {
    let (sign, rest) = match text {
        [b'Z', rest @ ..] => return Some((0, rest)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (mut hours, mut minutes) = (0, 0);
    let rest = into(rest, 2, &mut hours)?;
    let rest = into(rest.strip_prefix(b":").unwrap_or(rest), 2, &mut minutes)?;
    Some((sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60), rest))
}

impl Clock {
    /// Takes in what another piece of the line tells. What is known already stays.
    pub(crate) fn merge(&mut self, other: &Clock) {
        self.year = self.year.or(other.year);
        self.month = self.month.or(other.month);
        self.day = self.day.or(other.day);
        self.day_of_year = self.day_of_year.or(other.day_of_year);
        self.iso_year = self.iso_year.or(other.iso_year);
        self.iso_week = self.iso_week.or(other.iso_week);
        self.weekday = self.weekday.or(other.weekday);
        self.hour = self.hour.or(other.hour);
        self.minute = self.minute.or(other.minute);
        self.second = self.second.or(other.second);
        self.is_afternoon = self.is_afternoon.or(other.is_afternoon);
        self.nanos = self.nanos.or(other.nanos);
        self.epoch = self.epoch.or(other.epoch);
        if matches!(self.zone, Zone::Absent) {
            self.zone = other.zone;
        }
    }

    /// The instant, if enough is known of it.
    pub(crate) fn time(&self) -> Option<Time> {
        let nanos = self.nanos.unwrap_or(0);
        if let Some(Time(whole)) = self.epoch {
            return Some(Time(if whole % 1_000_000_000 == 0 { whole.checked_add(nanos)? } else { whole }));
        }
        let zone = match self.zone {
            Zone::Absent => 0,
            Zone::East(seconds) => seconds,
            Zone::Unknown => return None,
        };
        let hour = self.hour?;
        let hour = match self.is_afternoon {
            Some(true) => hour % 12 + 12,
            Some(false) => hour % 12,
            None => hour,
        };
        let (minute, second) = (self.minute.unwrap_or(0), self.second.unwrap_or(0));
        let instant = |year, month, day| time::instant(Civil { year, month, day, hour, minute, second }, zone, nanos);
        let later = |time: Time, days: i64| time.0.checked_add(days * 86_400 * 1_000_000_000).map(Time);
        match (self.month, self.day, self.day_of_year, self.iso_week.zip(self.weekday)) {
            (Some(month), Some(day), ..) => instant(self.year?, month, day),
            (_, _, Some(day @ 1..), _) => later(instant(self.year?, 1, 1)?, i64::from(day - 1)),
            (_, _, _, Some((week @ 1..=53, weekday @ 1..=7))) => {
                // The week of the fourth of January is a year's first (ISO 8601).
                let year = self.iso_year?;
                let fourth = instant(year, 1, 4)?;
                // The first day of the epoch was a Thursday.
                let from_monday =
                    (time::instant(Civil { year, month: 1, day: 4, hour: 0, minute: 0, second: 0 }, 0, 0)?.day() + 3)
                        .rem_euclid(7);
                later(fourth, i64::from(week - 1) * 7 + i64::from(weekday) - 1 - from_monday)
            }
            _ => None,
        }
    }
}

/// The month of a name, whole or shortened, in the languages that servers are run in most.
///
/// Known by its first three letters, four where a language shortens June and July alike.
fn month_of(name: &[u8]) -> Option<u32> {
    const NAMES: &[(u32, &[&str])] = &[
        (1, &["jan", "ene", "gen", "sty"]),
        (2, &["feb", "fev", "fév", "lut"]),
        (3, &["mar", "mär", "mrz", "mrt", "maa"]),
        (4, &["apr", "abr", "avr", "kwi"]),
        (5, &["may", "mai", "mag", "mei", "maj"]),
        (6, &["juin", "jun", "giu", "cze"]),
        (7, &["juil", "jul", "lug", "lip"]),
        (8, &["aug", "ago", "aou", "aoû", "sie"]),
        (9, &["sep", "set", "wrz"]),
        (10, &["oct", "okt", "out", "ott", "paź"]),
        (11, &["nov", "lis"]),
        (12, &["dec", "déc", "dic", "dez", "gru"]),
    ];
    let name = std::str::from_utf8(name).ok()?.to_lowercase();
    let is_of = |names: &[&str]| names.iter().any(|known| name.starts_with(known));
    NAMES.iter().find(|(_, names)| is_of(names)).map(|(month, _)| *month)
}

/// The day of the week of a name, from 1, which is Monday: in English, whole or shortened, and in German.
fn weekday_of(name: &[u8]) -> Option<u32> {
    const NAMES: [[&str; 2]; 7] =
        [["mon", "mo"], ["tue", "di"], ["wed", "mi"], ["thu", "do"], ["fri", "fr"], ["sat", "sa"], ["sun", "so"]];
    let name = std::str::from_utf8(name).ok()?.to_lowercase();
    let at = NAMES.iter().position(|[english, german]| name.starts_with(english) || name.starts_with(german))?;
    u32::try_from(at + 1).ok()
}

/// Hours east of UTC, of the names of zones that mean one offset wherever they are used in logs.
fn zone_of(name: &[u8]) -> Option<i32> {
    Some(match name {
        b"UTC" | b"GMT" | b"Z" | b"UCT" | b"WET" => 0,
        b"CET" | b"WEST" | b"MET" => 1,
        b"CEST" | b"EET" | b"MEST" => 2,
        b"EEST" | b"MSK" => 3,
        b"JST" | b"KST" => 9,
        b"AEST" => 10,
        b"AEDT" => 11,
        b"NZST" => 12,
        b"NZDT" => 13,
        b"ADT" => -3,
        b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" | b"AKDT" => -8,
        b"AKST" => -9,
        b"HST" => -10,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(format: &str, text: &str, want: Option<i64>) {
        let (clock, end) = Moment::of(format).unwrap().read(text.as_bytes()).unwrap();
        assert_eq!(end, text.len(), "{text}");
        assert_eq!(clock.time().map(Time::seconds), want, "{text}");
    }

    #[test]
    fn a_time_has_many_spellings() {
        check("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 -0700", Some(971_211_336));
        check("%FT%T %Z", "2019-05-20T14:54:43 EDT", Some(1_558_378_483));
        check("%s@%z", "1511642826@-0500", Some(1_511_642_826));
        check("%D%t%T", "05/06/19\t13:42:26", Some(1_557_150_146));
        check("%a %b %e %H:%M:%S %Y", "Tue Jan  3 05:01:31 2012", Some(1_325_566_891));
        check("%Y-%j %I:%M:%S %p", "2024-060 01:00:00 PM", Some(1_709_211_600));
    }

    #[test]
    fn a_week_and_its_day_are_a_date() {
        check("%G-W%V-%u %T", "2024-W18-3 00:02:15", Some(1_714_521_735));
        check("%G--%V %a %H:%M", "2026--01 So 12:00", Some(1_767_528_000));
        check("%G--%V %A %H", "2020--53 Friday 00", Some(1_609_459_200));
        check("%G--%V %A %H", "2020--54 Friday 00", None);
    }

    #[test]
    fn a_fraction_may_stand_within_and_a_half_day_have_no_name() {
        check("%F %T.msec_frac %z", "2024-05-01 00:02:15.123 +0900", Some(1_714_489_335));
        check("%F %T.%usec_frac", "2024-05-01 00:02:15.123456", Some(1_714_521_735));
        check("%F %I:%M:%S %p", "2024-05-01 10:02:15 ", Some(1_714_557_735));
    }

    #[test]
    fn months_of_other_languages_are_months() {
        check("%d %b %Y %H:%M:%S %z", "19 Mär 2019 01:39:12 +0000", Some(1_552_959_552));
        check("%d %B %Y %H:%M:%S %z", "19 März 2019 01:39:12 +0000", Some(1_552_959_552));
        check("%d %b %Y %H", "1 juil. 2019 00", Some(1_561_939_200));
        check("%d %b %Y %H", "1 déc. 2019 00", Some(1_575_158_400));
    }

    #[test]
    fn too_little_is_no_instant() {
        check("%a %b %d", "Sat Nov 25", None);
        check("%FT%T %Z", "2019-05-20T14:54:43 XXX", None);
    }

    #[test]
    fn pieces_of_a_line_make_one_instant() {
        let mut clock = Clock::default();
        for (moment, text) in [
            (Moment::of("%Y-%m-%dT%H:%M:%S").unwrap(), "2026-11-22T21:42:06"),
            (Moment::fraction(3), "096"),
            (Moment::of("%z").unwrap(), "+0100"),
        ] {
            clock.merge(&moment.read(text.as_bytes()).unwrap().0);
        }
        assert_eq!(clock.time(), Time::from_parts(1_795_380_126, 96_000_000));
    }

    #[test]
    fn a_directive_that_is_none_is_refused() {
        assert_eq!(Moment::of("%Y-%Q"), Err(3));
        assert_eq!(Moment::of("%Y-%"), Err(3));
    }
}
