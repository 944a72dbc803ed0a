//! Cisco Umbrella's log of its web proxy: a table without a header, every cell in quotes.
//!
//! The first columns never change, and newer versions of the log have more behind them: the method since version 5, and what became
//! of a file. A quote in a cell is doubled; old exports have a blank behind some commas. The first address is that of the client in
//! its own network, where Umbrella knows it, the second the one under which that network is seen. Times are in UTC. ("Proxy Log
//! Formats" in Umbrella's documentation.)

use memchr::{memchr, memmem};

use crate::address::is_address;
use crate::field::Sink;
use crate::grammar::whole_number;
use crate::json::instant;
use crate::{Fault, Format, Record, Value};

use super::absolute::{absolute, tell_path};

/// One row a request.
pub(crate) struct UmbrellaProxy;

impl Format for UmbrellaProxy {
    fn name(&self) -> &'static str {
        "umbrella_proxy"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["umbrella", "cisco_umbrella"]
    }

    fn about(&self) -> &'static str {
        "Cisco Umbrella web proxy log (CSV)"
    }

    fn example(&self) -> &'static str {
        r#""2024-05-01 00:02:15","Bob B","192.0.2.7","198.51.100.4","203.0.113.9","text/html","ALLOWED","https://shop.example/a?b=1","https://shop.example/","Mozilla/5.0","200","412","2326","2100","","Shopping","","","","","","AD Users","","Bob B,Office","AD Users,Network","GET","","","a.html""#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let row = row(line).ok_or(Fault { at: 0, expected: "a row of Umbrella's columns, each in quotes" })?;
        let told = |column: usize| Some(row[column]).filter(|cell| !matches!(*cell, b"" | b" " | b"-"));
        let mut record = Record {
            time: instant(row[TIME]),
            client: told(INNER_CLIENT).or(told(OUTER_CLIENT)),
            // Others than people have identities, too: networks, sites, computers.
            user: told(IDENTITY).filter(|_| memmem::find(row[IDENTITY_KIND], b"User").is_some()),
            target: told(URL),
            referer: told(REFERER),
            agent: told(AGENT),
            status: whole_number(row[STATUS]).map(|status| status as u16),
            request_bytes: whole_number(row[REQUEST_BYTES]),
            bytes: whole_number(row[BYTES]),
            method: told(METHOD),
            ..Record::default()
        };
        record.host = record.target.and_then(absolute).map(|parts| parts.host).filter(|host| !host.is_empty());
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Some(row) = row(line) else { return };
        sink("action", Value::text(row[VERDICT]));
        sink("content_type", Value::text(row[CONTENT_TYPE]));
        sink("client_public_ip", Value::text(row[OUTER_CLIENT]));
        sink("server_ip", Value::text(row[SERVER]));
        tell_path(record, sink);
    }
}

const TIME: usize = 0;
const IDENTITY: usize = 1;
const INNER_CLIENT: usize = 2;
const OUTER_CLIENT: usize = 3;
const SERVER: usize = 4;
const CONTENT_TYPE: usize = 5;
const VERDICT: usize = 6;
const URL: usize = 7;
const REFERER: usize = 8;
const AGENT: usize = 9;
const STATUS: usize = 10;
const REQUEST_BYTES: usize = 11;
const BYTES: usize = 12;
const IDENTITY_KIND: usize = 21;
const METHOD: usize = 25;

/// The columns up to the method, and those of the first version, which had none.
const COLUMNS: usize = METHOD + 1;
const COLUMNS_MIN: usize = 21;

/// The cells of a row, if it is one of this log: those that it has not are empty.
fn row(line: &[u8]) -> Option<[&[u8]; COLUMNS]> {
    let mut row: [&[u8]; COLUMNS] = [b""; COLUMNS];
    let (mut rest, mut count) = (line.trim_ascii_end(), 0);
    loop {
        let (cell, behind) = cell(rest)?;
        if let Some(place) = row.get_mut(count) {
            *place = cell;
        }
        count += 1;
        match behind {
            [] => break,
            [b',', behind @ ..] => rest = behind.trim_ascii_start(),
            _ => return None,
        }
    }
    let is_number = |cell: &[u8]| cell.iter().all(u8::is_ascii_digit);
    let is_client = |cell: &[u8]| cell.is_empty() || is_address(cell);
    let is_one = COLUMNS_MIN <= count
        && instant(row[TIME]).is_some()
        && [INNER_CLIENT, OUTER_CLIENT, SERVER].into_iter().all(|column| is_client(row[column]))
        && !row[VERDICT].is_empty()
        && row[VERDICT].iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
        && !row[URL].is_empty()
        && matches!(row[STATUS].len(), 0 | 3)
        && [STATUS, REQUEST_BYTES, BYTES].into_iter().all(|column| is_number(row[column]))
        && row[METHOD].iter().all(u8::is_ascii_uppercase);
    is_one.then_some(row)
}

/// The first cell of a text, as it stands between its quotes, and what follows it.
fn cell(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"\"")?;
    let mut from = 0;
    loop {
        let quote = from + memchr(b'"', &inner[from..])?;
        if inner.get(quote + 1) != Some(&b'"') {
            return Some((&inner[..quote], &inner[quote + 1..]));
        }
        from = quote + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    fn parse(line: &str) -> Result<Record<'_>, Fault> {
        UmbrellaProxy.parse(line.as_bytes()).map(|record| record.unwrap())
    }

    #[test]
    fn the_columns_have_their_places() {
        let example = UmbrellaProxy.example();
        for line in [example.to_owned(), format!(r#"{example},"","","13671956""#), example.replacen(",", ", ", 1)] {
            let record = parse(&line).unwrap();
            assert_eq!((record.client, record.user), (Some(&b"192.0.2.7"[..]), Some(&b"Bob B"[..])), "{line}");
            assert_eq!((record.method, record.host), (Some(&b"GET"[..]), Some(&b"shop.example"[..])));
            assert_eq!(record.target, Some(&b"https://shop.example/a?b=1"[..]));
            assert_eq!((record.status, record.bytes, record.request_bytes), (Some(200), Some(2326), Some(412)));
            assert_eq!(record.time, Time::from_parts(1_714_521_735, 0));
        }
    }

    #[test]
    fn what_is_not_known_is_empty() {
        let line = UmbrellaProxy.example().replace("192.0.2.7", "").replace(r#""412","2326""#, r#""","""#);
        let record = parse(&line).unwrap();
        assert_eq!((record.client, record.bytes, record.request_bytes), (Some(&b"198.51.100.4"[..]), None, None));
        assert_eq!(parse(&UmbrellaProxy.example().replace("AD Users\",", "Networks\",")).unwrap().user, None);
        let old: Vec<&str> = UmbrellaProxy.example().split("\",\"").take(COLUMNS_MIN).collect();
        let old = format!("{}\"", old.join("\",\""));
        assert_eq!((parse(&old).unwrap().method, parse(&old).unwrap().status), (None, Some(200)));
    }

    #[test]
    fn a_doubled_quote_ends_no_cell() {
        let line = UmbrellaProxy.example().replace("Mozilla/5.0", r#"x"",""404"",""y"#);
        let record = parse(&line).unwrap();
        assert_eq!((record.agent, record.status), (Some(&br#"x"",""404"",""y"#[..]), Some(200)));
    }

    #[test]
    fn rows_of_other_tables_are_none() {
        let example = UmbrellaProxy.example();
        for (of, by) in [
            ("2024-05-01 00:02:15", "now"),
            ("192.0.2.7", "host"),
            ("ALLOWED", "Allowed"),
            (r#""200""#, r#""ok""#),
            (r#""2326""#, r#"2326"#),
            ("GET", "get"),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(parse(&line).is_err(), "{line}");
        }
        assert!(parse(r#""2024-05-01 00:02:15","a","192.0.2.7""#).is_err());
        assert!(parse("").is_err());
    }
}
