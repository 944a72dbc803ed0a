//! WEBrick, the server that came with Ruby: the common format with the name of a zone in its time.
//!
//! It may be told to write the combined format instead. With each request it writes a second line, the referer and the target again, which tells nothing of the answer and is no
//! record of its own; both are written where nobody sets another log. Names of zones that are not those of UTC say an offset only
//! where one zone alone has them; what any other counts is not known, and the time is absent.

use crate::grammar::{ONE_WAY, ends_word, is_written, plainly_quoted, present, word};
use crate::layout::{Dialect, Divider, Laid, Layouts, Plan, Tail};

/// `client ident user [dd/Mon/yyyy:hh:mm:ss ZONE] "request" status bytes`.
pub(crate) static WEBRICK: Laid = Laid::new(Plan {
    name: "webrick",
    aliases: &[],
    about: "WEBrick (Ruby) access log",
    example: r#"192.0.2.7 - - [01/May/2024:00:02:15 EDT] "GET /a?b=1 HTTP/1.1" 200 2326"#,
    layouts: || {
        let layout = r#"$remote_addr $remote_ident $remote_user [${time:%d/%b/%Y:%H:%M:%S %Z}] "$request" $status $body_bytes_sent"#;
        Layouts::of(Dialect::Nginx, [layout]).with_tail(Tail::Anything)
    },
    mend: |record, rest| {
        if !rest.trim_ascii().is_empty() {
            let expected = "a referer and an agent in quotes, or the end of the line";
            let (referer, agent) = referer_and_agent(rest).ok_or(expected)?;
            (record.referer, record.agent) = (present(referer), present(agent));
        }
        let is_plain = |text: Option<&[u8]>| text.is_none_or(|text| !text.contains(&b'['));
        if is_written(record, b'"') {
            return Err(ONE_WAY);
        }
        if is_plain(record.user) && is_plain(record.client) && record.method.is_some() {
            Ok(())
        } else {
            Err("a client, a user without brackets, and a request")
        }
    },
    divider: Some(Divider::counted(b'"', &[2, 6])),
    judge: |line, read| if is_of_referer(line) { Ok(None) } else { read },
    ..Plan::EMPTY
});

/// The two values in quotes that stand behind the size, and nothing more.
fn referer_and_agent(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let quoted = |text| plainly_quoted(text, ends_word);
    let (referer, rest) = quoted(rest.strip_prefix(b" ")?)?;
    let (agent, rest) = quoted(rest.strip_prefix(b" ")?)?;
    rest.trim_ascii().is_empty().then_some((referer, agent))
}

/// Whether it is the second line of a request, `referer -> target`.
fn is_of_referer(line: &[u8]) -> bool {
    let Some((referer, rest)) = word(line) else { return false };
    let is_url = referer == b"-" || memchr::memmem::find(referer, b"://").is_some();
    let target = rest.strip_prefix(b"-> ").unwrap_or_default();
    is_url && target.starts_with(b"/") && !line.contains(&b'"') && !target.contains(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn a_zone_has_a_name() {
        let example = WEBRICK.example();
        for (zone, seconds) in [("EDT", Some(1_714_536_135)), ("JST", Some(1_714_489_335)), ("IST", None)] {
            let line = example.replace("EDT", zone);
            let record = WEBRICK.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
            assert_eq!((record.target, record.bytes), (Some(&b"/a?b=1"[..]), Some(2326)));
            assert_eq!(record.time.map(Time::seconds), seconds, "{line}");
        }
    }

    #[test]
    fn it_may_be_told_to_write_the_combined_format() {
        let line = format!(r#"{} "https://shop.example/" "curl/8.5""#, WEBRICK.example());
        let record = WEBRICK.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.bytes, record.agent), (Some(2326), Some(&b"curl/8.5"[..])));
        assert_eq!(record.referer, Some(&b"https://shop.example/"[..]));
    }

    #[test]
    fn the_referer_has_a_line_that_is_no_record() {
        for line in ["- -> /a?b=1", "https://shop.example/ -> /a?b=1"] {
            assert_eq!(WEBRICK.parse(line.as_bytes()), Ok(None), "{line}");
        }
        for line in ["a -> /b", "- -> b", "- -> /a b", "- -> /a\"", "- - -> /a"] {
            assert!(WEBRICK.parse(line.as_bytes()).is_err(), "{line}");
        }
    }

    #[test]
    fn what_a_client_wrote_ends_nothing() {
        let example = WEBRICK.example();
        for line in [
            example.replace("/a?b=1", r#"/a" 404 7 "#),
            example.replace("- -", r#"- x [01/May/2024:00:02:15 EDT] "GET /b" 404 7"#),
            example.replace("- -", "- [x]"),
            example.replace("/a?b=1", r#"/a" 404 7 "-" "x" "y"#),
            format!("{example} \"-\" \"x\" \"y\""),
            example.replace("EDT", "+0000"),
        ] {
            assert!(WEBRICK.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
