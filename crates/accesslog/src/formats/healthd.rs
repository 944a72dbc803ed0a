//! What nginx writes for the health agent of Elastic Beanstalk: six columns with a double quote between.
//!
//! `$msec"$uri"$status"$request_time"$upstream_response_time"$http_x_forwarded_for`, as the platform configures it ("Enhanced health
//! log format" in AWS's documentation). The target has no query, and no column has the peer: who asked is in the list of those
//! that forwarded. nginx escapes the quotes of a client.

use crate::layout::{Dialect, Divider, Laid, Layouts, Plan};

/// `seconds"target"status"seconds"seconds"forwarded`.
pub(crate) static HEALTHD: Laid = Laid::new(Plan {
    name: "healthd",
    aliases: &["elastic_beanstalk"],
    about: "Elastic Beanstalk's health log (nginx healthd)",
    example: r#"1714521735.250"/a/b"200"0.083"0.082"192.0.2.7"#,
    layouts: || {
        let layout = r#"$msec"$uri"$status"$request_time"$upstream_response_time"$http_x_forwarded_for"#;
        Layouts::of(Dialect::Nginx, [layout])
    },
    mend: |record, _| {
        let is_target = record.target.is_some_and(|target| target.starts_with(b"/"));
        if is_target && record.time.is_some() && record.duration.is_some() {
            Ok(())
        } else {
            Err("a Unix time, a target, and seconds")
        }
    },
    divider: Some(Divider::counted(b'"', &[5])),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn quotes_stand_between_the_columns() {
        let example = HEALTHD.example();
        for (line, forwarded) in [
            (example.to_owned(), Some(&b"192.0.2.7"[..])),
            (format!("{example}, 10.0.0.1"), Some(b"192.0.2.7, 10.0.0.1")),
            (example.replace("192.0.2.7", "-"), None),
        ] {
            let record = HEALTHD.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.forwarded), (None, forwarded), "{line}");
            assert_eq!((record.target, record.status), (Some(&b"/a/b"[..]), Some(200)));
            assert_eq!((record.duration, record.time.map(Time::seconds)), (Some(83_000_000), Some(1_714_521_735)));
        }
        for line in [
            example.replace("/a/b", "/a\"404\"0.1\"0.1\"x"),
            example.replace("192.0.2.7", "x\"y"),
            example.replace("/a/b", "a"),
            example.replace("1714521735.250", "-"),
            example.replace("0.083", "-"),
        ] {
            assert!(HEALTHD.parse(line.as_bytes()).is_err(), "{line}");
        }
    }
}
