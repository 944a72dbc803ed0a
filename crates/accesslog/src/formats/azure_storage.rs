//! Azure's Storage Analytics log: columns with semicolons between, one line a request to an account.
//!
//! "Storage Analytics log format" of the service's reference: version 1.0 has thirty columns, 2.0 more at the end. A value that may
//! hold a quote, a semicolon or a line end is written with the references of HTML, and in quotes. The target is absolute, with the
//! signature of a shared access in its query. No column has a method: what was done is the operation (`GetBlob`).

use memchr::{memchr, memchr_iter, memrchr};

use super::absolute::{host_and_port, name_authority, tell_path};
use crate::address::is_address;
use crate::grammar::{fault, whole_number};
use crate::{Cloud, Escape, Fault, Format, Record, Sink, Value, time};

/// `version;time;operation;...`.
pub(crate) struct AzureStorage;

impl Format for AzureStorage {
    fn name(&self) -> &'static str {
        "azure_storage"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["azure_storage_analytics"]
    }

    fn about(&self) -> &'static str {
        "Azure Storage Analytics log"
    }

    fn example(&self) -> &'static str {
        r#"1.0;2024-05-01T00:02:15.2500000Z;GetBlob;AnonymousSuccess;200;18;10;anonymous;;shopexports;blob;"https://shopexports.blob.core.windows.net/2024/customers.csv?sv=2020-04-08&amp;sp=r";"/shopexports/2024/customers.csv";a84aa705-8a85-48c5-b064-b43bd22979c3;0;192.0.2.7:4060;2020-04-08;252;0;265;512;0;;;"&quot;0x8CE1B6EA95033D5&quot;";Wednesday, 01-May-24 00:00:00 GMT;;"AzCopy/10.11.0";;"#
    }

    fn parse<'a>(&self, line: &'a [u8]) -> Result<Option<Record<'a>>, Fault> {
        let (columns, rest) = columns(line)?;
        let at = |column: usize| Some(columns[column]).filter(|value| !value.is_empty());
        let expected = |column: usize, what: &'static str| Err(fault(line, columns[column], what));
        if !matches!((columns[VERSION], rest), (b"1.0", []) | (b"2.0", [b';', ..])) {
            return expected(VERSION, "version 1.0 with thirty columns, or 2.0 with more");
        }
        let Some(moment) = time::iso(columns[TIME]).filter(|_| columns[TIME].ends_with(b"Z")) else {
            return expected(TIME, "a time in UTC");
        };
        let (client, _) = host_and_port(columns[CLIENT]);
        if !is_address(client) {
            return expected(CLIENT, "the address of a client");
        }
        let Some(status @ 0..=999) = whole_number(columns[STATUS]) else {
            return expected(STATUS, "a status");
        };
        let mut record = Record {
            time: moment,
            client: Some(client),
            user: at(USER),
            target: at(TARGET),
            status: Some(status as u16),
            bytes: whole_number(columns[SENT]),
            referer: at(REFERER),
            agent: at(AGENT),
            duration: whole_number(columns[MILLISECONDS]).and_then(|number| number.checked_mul(1_000_000)),
            request_id: at(REQUEST_ID),
            request_bytes: whole_number(columns[RECEIVED]),
            cloud: Some(Cloud {
                operation: at(OPERATION),
                bucket: at(ACCOUNT),
                key: at(KEY),
                principal: at(USER),
                ..Cloud::default()
            }),
            escape: Escape::Html,
            ..Record::default()
        };
        name_authority(&mut record);
        Ok(Some(record))
    }

    fn further<'a>(&'a self, line: &'a [u8], record: &Record<'a>, sink: Sink<'_, 'a>) {
        let Ok((columns, _)) = columns(line) else { return };
        sink("request_status", Value::Text(columns[RESULT]));
        sink("auth_type", Value::Text(columns[AUTHENTICATION]));
        sink("bytes_received", Value::integer(columns[RECEIVED]));
        if let (_, Some(port)) = host_and_port(columns[CLIENT]) {
            sink("client_port", Value::integer(port));
        }
        tell_path(record, sink);
    }
}

const COLUMNS: usize = 30;

const VERSION: usize = 0;
const TIME: usize = 1;
const OPERATION: usize = 2;
const RESULT: usize = 3;
const STATUS: usize = 4;
const MILLISECONDS: usize = 5;
const AUTHENTICATION: usize = 7;
const USER: usize = 8;
const ACCOUNT: usize = 9;
const TARGET: usize = 11;
const KEY: usize = 12;
const REQUEST_ID: usize = 13;
const CLIENT: usize = 15;
const RECEIVED: usize = 18;
const SENT: usize = 20;
const AGENT: usize = 27;
const REFERER: usize = 28;

/// The columns that both versions have, and what follows them.
fn columns(line: &[u8]) -> Result<([&[u8]; COLUMNS], &[u8]), Fault> {
    let mut columns: [&[u8]; COLUMNS] = [b""; COLUMNS];
    let mut rest = line.trim_ascii_end();
    for (number, column) in columns.iter_mut().enumerate() {
        let (value, behind) = column_of(rest).ok_or_else(|| fault(line, rest, "a value, and a semicolon"))?;
        *column = value;
        rest = match behind {
            _ if number + 1 == COLUMNS => behind,
            [b';', behind @ ..] => behind,
            _ => return Err(fault(line, behind, "a semicolon, and the next of thirty columns")),
        };
    }
    Ok((columns, rest))
}

/// The next value, without its quotes, and what follows it.
fn column_of(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(inner) = text.strip_prefix(b"\"") {
        let end = memchr_iter(b'"', inner).find(|&at| matches!(inner[at + 1..], [] | [b';', ..]))?;
        return Some((&inner[..end], &inner[end + 1..]));
    }
    let end = memchr_iter(b';', text).find(|&at| !ends_reference(&text[..at])).unwrap_or(text.len());
    memchr(b'"', &text[..end]).is_none().then(|| text.split_at(end))
}

/// Whether the semicolon behind a text ends a reference of HTML, and no value.
fn ends_reference(text: &[u8]) -> bool {
    let near = &text[text.len().saturating_sub(REFERENCE_BYTES_MAX)..];
    memrchr(b'&', near).is_some_and(|at| {
        let name = &near[at + 1..];
        !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#')
    })
}

/// The longest reference without its semicolon, in bytes.
const REFERENCE_BYTES_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn both_versions_begin_alike() {
        let example = AzureStorage.example();
        let plain = example.replace("\"https", "https").replace("sp=r\"", "sp=r");
        for line in [example.to_owned(), example.replacen("1.0;", "2.0;", 1) + ";;;;;;;;", plain] {
            let record = AzureStorage.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
            assert_eq!(
                &*record.escape.undo(record.target.unwrap()),
                b"https://shopexports.blob.core.windows.net/2024/customers.csv?sv=2020-04-08&sp=r"
            );
            assert_eq!((record.bytes, record.duration), (Some(512), Some(18_000_000)));
            assert_eq!((record.agent, record.referer, record.user), (Some(&b"AzCopy/10.11.0"[..]), None, None));
            let cloud = record.cloud.unwrap();
            assert_eq!((cloud.operation, cloud.bucket), (Some(&b"GetBlob"[..]), Some(&b"shopexports"[..])));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
    }

    #[test]
    fn what_is_no_line_of_it_is_none() {
        let example = AzureStorage.example();
        for (of, by) in [
            ("1.0;", "3.0;"),
            (";200;", ";ok;"),
            ("192.0.2.7:4060", "nobody"),
            ("15.2500000Z", "15"),
            ("\"AzCopy/10.11.0\"", "\"a\";\"b\""),
            ("\"AzCopy/10.11.0\"", "a\"b"),
            (";;\"AzCopy", ";\"AzCopy"),
            (";252;0;", ";252;"),
        ] {
            let line = example.replacen(of, by, 1);
            assert!(AzureStorage.parse(line.as_bytes()).is_err(), "{line}");
        }
        assert!(AzureStorage.parse(b"1.0").is_err());
    }
}
