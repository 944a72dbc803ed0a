//! uvicorn's access log: no time, no bytes, no headers, and colours where it was written to a terminal.

use crate::layout::{Dialect, Laid, Layouts, Plan};

/// `INFO:     client:port - "request" status reason`.
pub(crate) static UVICORN: Laid = Laid::new(Plan {
    name: "uvicorn",
    aliases: &[],
    about: "uvicorn access log",
    example: r#"INFO:     192.0.2.7:39708 - "GET /a?b=1 HTTP/1.1" 200 OK"#,
    layouts: || {
        let client = "$client_and_port";
        Layouts::of(
            Dialect::Nginx,
            [
                format!("INFO: {client} - \"$request\" $status $reason"),
                format!("INFO: {client} - \"$request\" $status"),
                format!(
                    "\x1b[32mINFO\x1b[0m: {client} - \"\x1b[1m$request\x1b[0m\" \x1b[${{_colour}}m$status $reason\x1b[0m"
                ),
            ],
        )
    },
    mend: |record, _| match record.request {
        Some(_) => Ok(()),
        None => Err("a request"),
    },
    ..Plan::EMPTY
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;

    #[test]
    fn colours_are_no_part_of_a_value() {
        for line in [
            UVICORN.example(),
            "INFO:     192.0.2.7:39708 - \"GET /a?b=1 HTTP/1.1\" 200",
            "\x1b[32mINFO\x1b[0m:     192.0.2.7:39708 - \"\x1b[1mGET /a?b=1 HTTP/1.1\x1b[0m\" \x1b[32m200 OK\x1b[0m",
        ] {
            let record = UVICORN.parse(line.as_bytes()).unwrap().unwrap();
            assert_eq!((record.client, record.status), (Some(&b"192.0.2.7"[..]), Some(200)), "{line}");
            assert_eq!(record.target, Some(&b"/a?b=1"[..]), "{line}");
        }
        assert!(UVICORN.parse(b"INFO:     Started server process [1]").is_err());
    }
}
