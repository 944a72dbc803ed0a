//! varnishncsa's default layout: the combined format, the target absolute.
//!
//! The request line is put together by Varnish (`METHOD http://Host` and the URL), so a request that could not be read has
//! a dash for its method and for its client. It is recognised as the combined format, which reads it as well.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-agent}i"`, alone or with the fields that its manual adds.
pub(crate) static VARNISHNCSA: Laid = Laid::new(Plan {
    name: "varnishncsa",
    aliases: &["varnish"],
    about: "varnishncsa access log",
    example: r#"192.0.2.7 - - [22/Nov/2026:21:45:08 +0000] "GET http://shop.example/a HTTP/1.1" 404 153 "-" "Mozilla/5.0""#,
    is_recognised: false,
    layouts: || {
        let head = r#"%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-agent}i""#;
        let tails = [
            "",
            " %{Varnish:time_firstbyte}x %{Varnish:handling}x",
            " %{Varnish:time_firstbyte}x",
            " %{Varnish:hitmiss}x",
        ];
        Layouts::of(Dialect::Apache, tails.map(|tail| format!("{head}{tail}")))
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn a_request_that_could_not_be_read_is_a_record() {
        let line = br#"- - - [22/Nov/2026:21:45:14 +0000] "- http://localhost HTTP/1.0" 400 0 "-" "-""#;
        let record = VARNISHNCSA.parse(line).unwrap().unwrap();
        assert_eq!((record.client, record.method, record.status), (None, None, Some(400)));
        let line = br#"::1 - - [22/Nov/2026:21:45:25 +0000] "get http://a/ HTTP/1.1" - - "-" "evil\" \"\\ agent" 0.000123 hit"#;
        let record = VARNISHNCSA.parse(line).unwrap().unwrap();
        assert_eq!((record.status, record.agent), (None, Some(&br#"evil\" \"\\ agent"#[..])));
    }
}
