//! Gandi's hosting: the host in front, and the seconds in parentheses behind the time.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `%v %h %l %u %t (%T s) "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`.
pub(crate) static GANDI_COMBINED: Laid = Laid::new(Plan {
    name: "gandi_combined",
    aliases: &["gandi"],
    about: "Gandi web hosting access log",
    example: r#"shop.example 192.0.2.7 - frank [10/Feb/2012:16:42:07 -0500] (0 s) "GET /a HTTP/1.1" 301 368 "-" "Mozilla/5.0""#,
    layouts: || Layouts::of(Dialect::Apache, [r#"%v %h %l %u %t (%T s) "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#]),
    holds: b" s) \"",
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_seconds_stand_in_parentheses() {
        let line = GANDI_COMBINED.example().replace("(0 s)", "(12 s)");
        let record = GANDI_COMBINED.parse(line.as_bytes()).unwrap().unwrap();
        assert_eq!((record.host, record.duration), (Some(&b"shop.example"[..]), Some(12_000_000_000)));
        assert!(GANDI_COMBINED.parse(line.replace(" (12 s)", "").as_bytes()).is_err());
    }
}
