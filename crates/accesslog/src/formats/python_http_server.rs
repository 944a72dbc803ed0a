//! Python's `http.server`: the common format with a blank in the time, and no zone: it is taken for UTC.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `client - - [dd/Mon/yyyy hh:mm:ss] "request" status bytes`.
pub(crate) static PYTHON_HTTP_SERVER: Laid = Laid::new(Plan {
    name: "python_http_server",
    aliases: &[],
    about: "Python http.server",
    example: r#"192.0.2.7 - - [29/Aug/2023 22:02:58] "GET /a HTTP/1.1" 200 -"#,
    layouts: || {
        let layout = r#"$remote_addr - - [${time:%d/%b/%Y %H:%M:%S}] "$request" $status $body_bytes_sent"#;
        Layouts::of(Dialect::Nginx, [layout])
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Time};

    #[test]
    fn its_messages_are_no_requests() {
        let record = PYTHON_HTTP_SERVER.parse(PYTHON_HTTP_SERVER.example().as_bytes()).unwrap().unwrap();
        assert_eq!((record.time, record.bytes), (Time::from_parts(1_693_346_578, 0), None));
        let line = b"192.0.2.7 - - [29/Aug/2023 22:02:58] code 404, message File not found";
        assert!(PYTHON_HTTP_SERVER.parse(line).is_err());
    }
}
