//! Squid's own access log: `logformat squid`.
//!
//! The elapsed milliseconds are aligned to the right; old versions write the time without a fraction, and other names
//! for the hierarchy codes (`DIRECT`). What stands behind the media type (the headers that `log_mime_hdrs` adds, columns
//! of a shop) is left alone.

use memchr::memmem;

use crate::Record;
use crate::grammar::present;
use crate::layout::{Dialect, Laid, Layouts, Plan, Tail};

/// `%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt`.
pub(crate) static SQUID_NATIVE: Laid = Laid::new(Plan {
    name: "squid_native",
    aliases: &["squid"],
    about: "Squid access log, logformat squid",
    example: "1570784659.019    114 192.0.2.7 TCP_MISS/503 4114 GET http://shop.example/ - HIER_DIRECT/198.51.100.4 text/html",
    layouts: || {
        let layout = "%ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru %[un %Sh/%<a %mt";
        // Cisco's web appliance writes the same, and puts its level before it where it sends it to a syslog daemon.
        let with_level = format!("Info: {layout}");
        Layouts::of(Dialect::Squid, [layout, &with_level]).with_tail(Tail::Anything)
    },
    mend: |record, rest| match record.time {
        Some(_) => {
            two_headers(rest, record);
            Ok(())
        }
        None => Err("a Unix time"),
    },
    ..Plan::EMPTY
});

/// Puts the two headers that shops add in the order of `combined`, `"%{Referer}>h" "%{User-Agent}>h"`, into the record.
///
/// Squid escapes no quotes: only where there are the four of two values, and the first is what a referer is, is it clear
/// which is which.
fn two_headers<'a>(rest: &'a [u8], record: &mut Record<'a>) {
    let inner = rest.trim_ascii().strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some((inner, at)) = inner.and_then(|inner| Some((inner, memmem::find(inner, b"\" \"")?))) else { return };
    let (referer, agent) = (&inner[..at], &inner[at + 3..]);
    let is_plain = memchr::memchr_iter(b'"', inner).count() == 2;
    if is_plain && (referer == b"-" || memmem::find(referer, b"://").is_some()) {
        (record.referer, record.agent) = (present(referer), present(agent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    fn parse(line: &str) -> Option<(Option<u64>, Option<u16>, String)> {
        let record = SQUID_NATIVE.parse(line.as_bytes()).ok()??;
        Some((record.duration, record.status, String::from_utf8_lossy(record.target?).into_owned()))
    }

    #[test]
    fn an_appliance_puts_its_level_before_it() {
        let line = SQUID_NATIVE.example();
        assert_eq!(parse(&format!("Info: {line}")), parse(line));
        assert_eq!(parse(&format!("Warning: {line}")), None);
    }

    #[test]
    fn traps() {
        let target = |text: &str| text.to_owned();
        let line = "1525334330.556      3 120.65.1.1 TCP_REFRESH_MISS/200 2014 GET http://a.example/x user DIRECT/b.example text/plain 902351708.872";
        assert_eq!(parse(line), Some((Some(3_000_000), Some(200), target("http://a.example/x"))));
        let line = "1525334330     -3 - NONE/000 0 - error:invalid-request - NONE/- - [Host: a] [HTTP/1.1 200 OK]";
        assert_eq!(parse(line), Some((None, Some(0), target("error:invalid-request"))));
        let line = "1525334330.5 0 host.example TCP_TUNNEL/200 6256 CONNECT a.example:443 - HIER_DIRECT/2001:db8::1 -";
        assert_eq!(parse(line), Some((Some(0), Some(200), target("a.example:443"))));
    }

    #[test]
    fn two_headers_behind_a_line_are_referer_and_agent() {
        let of = |tail: &str| {
            let line = format!(
                "1525334330.5 3 192.0.2.7 TCP_MISS/200 20 GET http://a.example/x - HIER_DIRECT/x text/plain{tail}"
            );
            let record = SQUID_NATIVE.parse(line.as_bytes()).unwrap().unwrap();
            let text = |value: Option<&[u8]>| value.map(|value| String::from_utf8_lossy(value).into_owned());
            (text(record.referer), text(record.agent))
        };
        assert_eq!(of(r#" "http://b.example/" "x/1 (y)""#), (Some("http://b.example/".into()), Some("x/1 (y)".into())));
        assert_eq!(of(r#" "-" "x""#), (None, Some("x".into())));
        assert_eq!(of(r#" "x" "-""#), (None, None), "another order");
        assert_eq!(of(r#" "-" "x" "y""#), (None, None), "a quote that nobody escaped");
    }

    #[test]
    fn lines_of_the_cache_log_are_refused() {
        assert_eq!(
            parse("2019/10/11 09:14:49 kid1| Accepting HTTP Socket connections at local=[::]:3128 remote=[::] FD 11"),
            None
        );
        assert_eq!(parse("1525334330.5 0 host.example TCP_TUNNEL 6256 CONNECT a.example:443 - HIER_DIRECT/x -"), None);
    }
}
