//! What Swift's proxy server says of each request: words with a blank between, each percent-encoded as a whole.
//!
//! The first column is who asked, by what a trusted proxy says, the second who stood at the other end. Times are in UTC.

use crate::address::is_address;
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `client peer dd/Mon/yyyy/HH/MM/SS METHOD target protocol status referer agent token in out ...`.
pub(crate) static SWIFT_PROXY: Laid = Laid::new(Plan {
    name: "swift_proxy",
    aliases: &["swift"],
    about: "OpenStack Swift proxy-server log",
    example: r#"192.0.2.7 10.0.0.5 01/May/2024/00/02/15 GET /v1/AUTH_shop/media/kettle.jpg%3Fsize%3D2 HTTP/1.0 200 - Mozilla/5.0 - - 2326 - tx3d2f1a8b-0066431f - 0.0128 - - 1714521735.250 1714521735.263 0"#,
    layouts: || {
        let layout = "$remote_addr $_peer ${time:%d/%b/%Y/%H/%M/%S} $request_method $request_uri $server_protocol $status $http_referer $http_user_agent $_token $request_length $body_bytes_sent $_etag $request_id $_headers $request_time $_source $_info $_start $_end $_policy";
        Layouts::of(Dialect::Nginx, [layout.to_owned(), layout.replace(" $_start $_end $_policy", "")])
    },
    mend: |record, _| {
        // Other tables have as many words: this one has a time in each row, and the id of a transaction.
        let is_row = record.time.is_some() && record.request_id.is_some_and(|id| id.starts_with(b"tx"));
        if is_row && record.client.is_some_and(is_address) && record.method.is_some() {
            Ok(())
        } else {
            Err("the address of a client, a time, a method, and the id of a transaction")
        }
    },
    holds: b" tx",
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn columns_have_their_places() {
        let example = SWIFT_PROXY.example();
        for line in [example, example.split(" 1714521735.250").next().unwrap()] {
            let record = SWIFT_PROXY.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.method), (Some(&b"192.0.2.7"[..]), Some(&b"GET"[..])), "{line}");
            assert_eq!((record.status, record.bytes), (Some(200), Some(2326)));
            assert_eq!((record.duration, record.agent), (Some(12_800_000), Some(&b"Mozilla/5.0"[..])));
            assert_eq!(record.time.map(Time::seconds), Some(1_714_521_735));
        }
        for (piece, other) in [("01/May/2024/00/02/15", "yesterday"), ("01/May/2024/00/02/15", "-"), (" tx", " ab")] {
            assert!(SWIFT_PROXY.parse(example.replace(piece, other).as_bytes()).is_err(), "{other}");
        }
    }
}
