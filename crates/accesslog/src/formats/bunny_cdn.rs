//! Bunny's logs of requests: twelve columns with bars between.
//!
//! The target is absolute and no column has a method. The time counts milliseconds, and seconds where it is that short. How a
//! bar is written that a client sent is not said anywhere; a line with more bars than twelve columns have may be read in two ways,
//! and is no record.

use super::absolute::{absolute, name_authority, tell_path};
use crate::address::is_address;
use crate::grammar::{ONE_WAY, present, status, whole_number};
use crate::{Fault, Format, Record, Sink, Time, Value};

/// `cache|status|time|bytes|zone|client|referer|target|edge|agent|id|country`.
pub(crate) struct BunnyCdn;

impl Format for BunnyCdn {
    fn name(&self) -> &'static str {
        "bunny_cdn"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["bunny", "bunnycdn"]
    }

    fn about(&self) -> &'static str {
        "Bunny CDN log"
    }

    fn example(&self) -> &'static str {
        "HIT|200|1714521735250|2326|390|192.0.2.7|https://shop.example/|https://shop.b-cdn.example/a?b=1|DE|Mozilla/5.0|322b688bd63fb63f2babe9de30a5d262|JP"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let columns = columns(line).ok_or(Fault { at: 0, expected: "twelve columns with bars between" })?;
        let [_, code, time, bytes, _, client, referer, target, _, agent, id, _] = columns;
        // What begins so is no other server's, whatever a client made of the rest.
        let expected = Fault { at: 0, expected: ONE_WAY };
        let head = Fault { at: 0, expected: "a status, a Unix time, a size and an address" };
        let (code, _) = status(code).filter(|(_, rest)| rest.is_empty()).ok_or(head)?;
        let time = instant(time).ok_or(head)?;
        let bytes = whole_number(bytes).filter(|_| is_address(client)).ok_or(head)?;
        let is_id = !id.is_empty() && id.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
        let bars = line.iter().filter(|byte| **byte == b'|').count();
        if absolute(target).is_none() || !is_id || bars != COLUMNS - 1 {
            return Err(expected);
        }
        let mut record = Record {
            time: Some(time),
            client: Some(client),
            target: Some(target),
            status: code,
            bytes: Some(bytes),
            referer: present(referer),
            agent: present(agent),
            request_id: Some(id),
            ..Record::default()
        };
        name_authority(&mut record);
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Some(columns) = columns(line) else { return };
        sink("cache_status", Value::text(columns[0]));
        sink("zone", Value::text(columns[4]));
        sink("edge_location", Value::text(columns[8]));
        sink("client_country", Value::text(columns[11]));
        tell_path(record, sink);
    }
}

const COLUMNS: usize = 12;

/// The first twelve columns, the last with all that stands behind it.
fn columns(line: &[u8]) -> Option<[&[u8]; COLUMNS]> {
    let mut columns: [&[u8]; COLUMNS] = [b""; COLUMNS];
    let mut cells = line.splitn(COLUMNS, |byte| *byte == b'|');
    for column in &mut columns {
        *column = cells.next()?;
    }
    let is_cache = !columns[0].is_empty() && columns[0].iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-');
    is_cache.then_some(columns)
}

/// A Unix time in milliseconds, or in seconds.
fn instant(text: &[u8]) -> Option<Time> {
    let unit = match text.len() {
        10 => 1_000_000_000,
        13 => 1_000_000,
        _ => return None,
    };
    i64::try_from(whole_number(text)?).ok()?.checked_mul(unit).map(Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_between_bars() {
        let example = BunnyCdn.example();
        for line in [example.to_owned(), example.replace("1714521735250", "1714521735")] {
            let record = BunnyCdn.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
            assert_eq!((record.bytes, record.host), (Some(2326), Some(&b"shop.b-cdn.example"[..])));
            assert_eq!(
                (record.agent, record.referer),
                (Some(&b"Mozilla/5.0"[..]), Some(&b"https://shop.example/"[..]))
            );
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
    }

    #[test]
    fn columns_that_a_client_wrote_are_no_columns() {
        let example = BunnyCdn.example();
        for (of, by) in [
            ("https://shop.example/", "x|y"),
            ("/a?b=1", "/a|DE|x|322b688bd63fb63f2babe9de30a5d262|JP"),
            ("Mozilla/5.0", "x|322b688bd63fb63f2babe9de30a5d262|JP"),
            ("192.0.2.7", "nobody"),
            ("HIT", "2024-05-01"),
            ("|JP", ""),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(BunnyCdn.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
