//! The native format of Microsoft IIS: a fixed row of values, each with a comma behind it.
//!
//! `client, user, date, clock, service, computer, server, milliseconds, received, sent, status, Windows status, method,
//! target, query,` (Microsoft, "IIS Log File Formats"). Date and clock are those of the machine: `3/20/01`, `03/20/2001`,
//! `7:55:20`. No zone is written, so they are taken for UTC. FTP and mail services of IIS write it too, with their own
//! methods and a status of 0.

use crate::address::is_address;
use crate::field::{Sink, Value};
use crate::grammar::{fault, fault_at, is_token, present, whole_number};
use crate::{Fault, Format, Record, time};

/// Fifteen values divided by commas.
pub(crate) struct IisNative;

impl Format for IisNative {
    fn name(&self) -> &'static str {
        "iis_native"
    }

    fn about(&self) -> &'static str {
        "Native format of Microsoft IIS"
    }

    fn example(&self) -> &'static str {
        "192.0.2.7, -, 03/20/2024, 7:55:20, W3SVC2, SALES1, 192.0.2.1, 4502, 163, 3223, 200, 0, GET, /DeptLogo.gif, -,"
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let [client, user, date, clock, _, _, _, milliseconds, received, sent, status, _, method, target, query] =
            values(line)?;
        if !is_address(client) && client != b"-" {
            return Err(fault_at(line, client, "a client's address"));
        }
        let day = time::us_date(date).ok_or_else(|| fault_at(line, date, "a date, month/day/year"))?;
        let nanos = time::clock(clock).ok_or_else(|| fault_at(line, clock, "a clock"))?;
        let status = whole_number(status)
            .and_then(|status| status.try_into().ok())
            .ok_or_else(|| fault_at(line, status, "a status"))?;
        if !is_token(method) {
            return Err(fault_at(line, method, "a method"));
        }
        Ok(Some(Record {
            time: day.zip(nanos).and_then(|(day, nanos)| time::at(day, nanos, 0)),
            client: present(client),
            user: present(user),
            method: present(method),
            target: present(target),
            query: present(query),
            status: Some(status),
            bytes: whole_number(sent),
            request_bytes: whole_number(received),
            duration: whole_number(milliseconds).and_then(|milliseconds| milliseconds.checked_mul(1_000_000)),
            ..Record::default()
        }))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Ok([_, _, _, _, service, computer, server, _, received, _, _, windows, _, _, query]) = values(line) else {
            return;
        };
        sink("path", record.target.map_or(Value::Absent, Value::Text));
        sink("query", Value::text(query));
        sink("site_name", Value::text(service));
        sink("server_name", Value::text(computer));
        sink("server_ip", Value::text(server));
        sink("bytes_received", Value::integer(received));
        sink("win32_status", Value::integer(windows));
    }
}

/// The fifteen values.
///
/// A target may hold a comma, but none with a blank behind it, since a blank of it would be encoded; where the writer
/// puts no blanks behind its commas, the query begins at the first comma.
fn values(line: &[u8]) -> Result<[&[u8]; 15], Fault> {
    let has_blanks = memchr::memchr(b',', line).is_some_and(|at| line[at + 1..].starts_with(b" "));
    let divider_bytes = 1 + usize::from(has_blanks);
    let mut values: [&[u8]; 15] = [b""; 15];
    let mut rest = line;
    for value in &mut values[..14] {
        let end = memchr::memchr_iter(b',', rest)
            .find(|at| !has_blanks || rest[at + 1..].starts_with(b" "))
            .ok_or_else(|| fault(line, rest, "a value and a comma"))?;
        *value = &rest[..end];
        rest = &rest[end + divider_bytes..];
    }
    let end = rest.trim_ascii_end();
    values[14] = end.strip_suffix(b",").ok_or_else(|| fault(line, &rest[end.len()..], "a comma behind the query"))?;
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn the_year_has_two_digits_or_four() {
        let time = |line: &str| IisNative.parse(line.as_bytes()).unwrap().unwrap().time;
        let want = Time::from_parts(985_132_691, 0);
        let tail = "23:58:11, W3SVC1, S, 192.0.2.1, 60, 275, 0, 200, 0, GET, /a, -,";
        assert_eq!(time(&format!("192.0.2.7, -, 03/20/01, {tail}")), want);
        assert_eq!(time(&format!("192.0.2.7, -, 3/20/2001, {tail}")), want);
    }

    #[test]
    fn a_comma_in_the_target_divides_nothing() {
        let line = "192.0.2.7, u, 3/20/2001, 3:58:11, W3SVC1, S, 192.0.2.1, 60, 275, 7, 200, 0, GET, /a,b, c=d,e,";
        let record = IisNative.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.target, record.query), (Some(&b"/a,b"[..]), Some(&b"c=d,e"[..])));
        assert_eq!((record.user, record.bytes, record.duration), (Some(&b"u"[..]), Some(7), Some(60_000_000)));
    }

    #[test]
    fn a_row_of_another_table_is_refused() {
        for line in [
            "192.0.2.7, -, 2001-03-20, 3:58:11, W3SVC1, S, 192.0.2.1, 60, 275, 0, 200, 0, GET, /a, -,",
            "192.0.2.7, -, 3/20/2001, 3:58:11, W3SVC1, S, 192.0.2.1, 60, 275, 0, OK, 0, GET, /a, -,",
            "192.0.2.7, -, 3/20/2001, 3:58:11, W3SVC1, S, 192.0.2.1, 60, 275, 0, 200, 0, GET, /a",
            "sales, -, 3/20/2001, 3:58:11, W3SVC1, S, 192.0.2.1, 60, 275, 0, 200, 0, GET, /a, -,",
            "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,",
        ] {
            assert!(IisNative.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
