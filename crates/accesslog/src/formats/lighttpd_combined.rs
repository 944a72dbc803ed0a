//! lighttpd's default: the combined format with the host in the place of the identity.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `%h %V %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`.
pub(crate) static LIGHTTPD_COMBINED: Laid = Laid::new(Plan {
    name: "lighttpd_combined",
    aliases: &["lighttpd"],
    about: "lighttpd access log (combined, the host for the identity)",
    example: r#"192.0.2.7 shop.example - [18/Sep/2020:14:25:35 +0000] "GET /a HTTP/1.1" 200 17 "-" "Mozilla/5.0""#,
    // The combined format reads such lines as well, and sees a host in that place by its dots.
    is_recognised: false,
    layouts: || Layouts::of(Dialect::Apache, [r#"%h %V %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#]),
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn the_second_word_is_the_host() {
        let record = LIGHTTPD_COMBINED.parse(LIGHTTPD_COMBINED.example().as_bytes()).unwrap().unwrap();
        assert_eq!(record.host, Some(&b"shop.example"[..]));
        assert!(
            LIGHTTPD_COMBINED
                .parse(b"2020-09-18 14:25:35: (response.c.450) URI-authority   :  localhost:9449")
                .is_err()
        );
    }
}
