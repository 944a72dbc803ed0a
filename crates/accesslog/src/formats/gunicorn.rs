//! gunicorn's access log in its default layout.
//!
//! It looks like Apache's combined format and is recognised as that. A difference shows in values with back-slashes,
//! which gunicorn does not escape: whoever knows that gunicorn wrote the log says so.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"`.
pub(crate) static GUNICORN: Laid = Laid::new(Plan {
    name: "gunicorn",
    aliases: &[],
    about: "gunicorn access log",
    example: r#"127.0.0.1 - - [22/Nov/2026:21:45:06 +0000] "GET /a?b=1 HTTP/1.1" 200 6 "-" "Mozilla/5.0""#,
    is_recognised: false,
    layouts: || Layouts::of(Dialect::Gunicorn, [r#"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s""#]),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn lines_of_its_error_log_are_refused() {
        assert!(
            GUNICORN
                .parse(b"[2026-11-22 21:45:06 +0000] [12] [INFO] Listening at: http://127.0.0.1:8000 (12)")
                .is_err()
        );
        let line =
            br#"127.0.0.1 - - [22/Nov/2026:21:45:11 +0000] "GET /?q=\"x HTTP/1.1" 200 6 "-" "evil\" \"\ agent\""#;
        assert_eq!(GUNICORN.parse(line).unwrap().unwrap().agent, Some(&br#"evil\" \"\ agent\"#[..]));
    }
}
