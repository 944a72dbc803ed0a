//! What Gin and Fiber, frameworks of Go, say of each request: columns between bars.
//!
//! Gin aligns how long it took and the client to the right and puts the target in quotes since version 1.7; Fiber writes a
//! clock without a date, so such a line has no time. On a terminal both colour their words: such lines are not read.

use crate::address::is_address;
use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `[GIN] date - clock | status | duration | client | METHOD "target"`.
pub(crate) static GIN: Laid = Laid::new(Plan {
    name: "gin",
    aliases: &["fiber"],
    about: "Gin and Fiber (Go) request log",
    example: r#"[GIN] 2024/05/01 - 00:02:15 | 200 |    1.283405ms |       192.0.2.7 | GET      "/a?b=1""#,
    layouts: || {
        let dated = "${time:%Y/%m/%d - %H:%M:%S}";
        let tail = "| $status |$padded_time |$padded_client | $request_method";
        let gin = format!("[GIN] {dated} {tail}");
        // Fiber writes a clock alone, or the date where it is told to, and a dash or an error behind the path.
        let fiber = "| $status |$padded_time |$padded_client | $padded_method | $request_uri | $_error";
        let dates = ["${time:%Y/%m/%d %H:%M:%S}", "${time:%Y-%m-%d %H:%M:%S}", "$time_iso8601", "$_clock"];
        let fiber = dates.map(|date| format!("{date} {fiber}"));
        Layouts::of(Dialect::Nginx, [format!("{gin} $request_uri")].into_iter().chain(fiber))
    },
    mend: |record, _| {
        // The method is aligned to the left, and newer versions put the target in quotes.
        let target = record.target.unwrap_or_default().trim_ascii();
        let bare = target.strip_prefix(b"\"").and_then(|target| target.strip_suffix(b"\""));
        record.target = Some(bare.unwrap_or(target));
        record.method = record.method.map(<[u8]>::trim_ascii);
        let is_method = record.method.is_some_and(|method| method.iter().all(u8::is_ascii_uppercase));
        if is_method
            && record.target.is_some_and(|target| target.starts_with(b"/"))
            && record.client.is_some_and(is_address)
        {
            Ok(())
        } else {
            Err("a method in capitals, a target, and the address of a client")
        }
    },
    holds: b"| ",
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    type Read<'a> = (Option<&'a [u8]>, Option<&'a [u8]>, Option<u16>, Option<u64>, bool);

    fn read(line: &str) -> Read<'_> {
        let record = GIN.parse(line.as_bytes()).unwrap().unwrap();
        (record.client, record.target, record.status, record.duration, record.time.is_some())
    }

    #[test]
    fn columns_are_aligned() {
        let want = |time, is_dated| (Some(&b"192.0.2.7"[..]), Some(&b"/a?b=1"[..]), Some(200), Some(time), is_dated);
        assert_eq!(read(GIN.example()), want(1_283_405, true));
        let old = "[GIN] 2024/05/01 - 00:02:15 | 200 |  12.5µs |   192.0.2.7 |   GET     /a?b=1";
        assert_eq!(read(&old.replace("|   GET", "| GET")), want(12_500, true));
        for (clock, is_dated) in [("00:02:15", false), ("2024/05/01 00:02:15", true), ("2024-05-01T00:02:15Z", true)] {
            for fiber in [
                "| 200 |  1.5s | 192.0.2.7 | GET | /a?b=1 | -",
                "| 200 |  1.5s |   192.0.2.7 | GET     | /a?b=1     | -",
            ] {
                let line = format!("{clock} {fiber}");
                assert_eq!(read(&line), want(1_500_000_000, is_dated), "{line}");
            }
        }
    }

    #[test]
    fn what_it_says_otherwise_is_no_request() {
        for line in [
            "[GIN-debug] GET    /a                        --> main.main.func1 (3 handlers)",
            "[GIN] 2024/05/01 - 00:02:15 | 200 |  12ms |  nobody | GET      \"/a\"",
            "00:02:15 | started | in | 192.0.2.7 | GET | /a | -",
        ] {
            assert!(GIN.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
