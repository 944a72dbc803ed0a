//! Jetty's NCSA request log: the combined format and a latency, blanks where a name is missing.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// The combined format, then a whole number.
pub(crate) static NCSA_JETTY: Laid = Laid::new(Plan {
    name: "ncsa_jetty",
    aliases: &["jetty"],
    about: "Jetty NCSA request log (combined, then a latency)",
    example: r#"192.0.2.7 -  -  [24/Jul/2016:07:08:31 +0000] "GET /a HTTP/1.1" 200 17 "https://shop.example/" "Mozilla/5.0"  8"#,
    layouts: || Layouts::of(Dialect::Jetty, [r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D"#]),
    mend: |record, _| match record.time {
        Some(_) => Ok(()),
        None => Err("a time stamp"),
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn blanks_around_an_absent_user_are_no_user() {
        let record = NCSA_JETTY.parse(NCSA_JETTY.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.user, record.status), (None, Some(200)));
    }

    #[test]
    fn a_line_without_a_latency_is_refused() {
        assert!(NCSA_JETTY.parse(br#"::1 - - [24/Jul/2016:07:08:31 +0000] "GET / HTTP/1.1" 200 17 "-" "x""#).is_err());
        assert!(
            NCSA_JETTY.parse(br#"::1 - - [24/Jul/2016:07:08:31 +0000] "GET / HTTP/1.1" 200 17 "-" "x" 0.5"#).is_err()
        );
    }
}
